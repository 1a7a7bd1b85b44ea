"""Settings that every test shares: how hard hypothesis tries.

``CAPPLAN_HYPOTHESIS`` names the profile. ``ci`` and ``deep`` are derandomized and keep no database, so that
a run tells the same today, tomorrow and on another machine; ``dev`` searches anew each time, to find what
they miss. No profile has a deadline: a slow machine is not a wrong answer.
"""

import os

from hypothesis import settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, derandomize=True, deadline=None, database=None)
settings.register_profile("deep", max_examples=2000, derandomize=True, deadline=None, database=None)
settings.load_profile(os.environ.get("CAPPLAN_HYPOTHESIS", "ci"))
