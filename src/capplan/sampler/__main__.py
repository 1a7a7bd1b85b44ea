"""Run the sampler."""

import sys

from capplan.sampler.watch import main

if __name__ == "__main__":
    sys.exit(main())
