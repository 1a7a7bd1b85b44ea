"""Run the load child; Locust comes first, so that what it patches is patched before anybody imports it."""

import locust  # noqa: F401 - for its patches

from capplan.locust_child.child import main

if __name__ == "__main__":
    main()
