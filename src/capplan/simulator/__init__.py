"""The simulator: networks tried out request by request, by a compiled kernel and by a plain twin that is easy to read.

Whoever imports this package's ``compiled`` imports numba, which takes a second; everything else here does without.
"""
