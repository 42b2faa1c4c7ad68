"""Keeps numpy and its like to one thread. Import it before anything else: they read these when they are loaded.

Speed is compared on one core; a library that quietly takes two would be called twice as fast.
"""

import os

for _name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
):
    os.environ[_name] = "1"
