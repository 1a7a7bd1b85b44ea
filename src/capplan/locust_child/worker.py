"""worker: a worker of Locust as ``python -m locust`` runs it, but without configuration files of whoever calls."""

from locust import argument_parser
from locust.main import main

if __name__ == "__main__":
    # ~/.locust.conf, ./locust.conf and ./pyproject.toml say tags, processes and more of somebody else's runs.
    argument_parser.get_empty_argument_parser.__defaults__ = (True, ())
    argument_parser.get_parser.__defaults__ = ((),)
    main()
