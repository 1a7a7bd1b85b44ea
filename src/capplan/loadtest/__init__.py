"""loadtest: the program that carries a load run out: from an order to a run's folder.

It starts the load generator (``capplan.locust_child``) and the sampler (``capplan.sampler``), each a program of its
own, and is the only place that knows of processes, signals, the clock and the folder of a run.
"""
