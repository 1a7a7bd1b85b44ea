"""sampler: the program that watches a run: every service, every server, the machine and the load generator.

Run as ``python -m capplan.sampler``. It ends at the end of its input, so it does not outlive whoever started it.
"""
