"""capplan: what machine a web service needs, how long it will do, and how sure we are."""

__version__ = "0.1.0"
