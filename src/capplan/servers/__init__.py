"""Kinds of servers that a stack is made of: one file each and one line in the table here."""

from capplan.servers.beat import BEAT
from capplan.servers.celery import CELERY
from capplan.servers.nginx import NGINX
from capplan.servers.other import OTHER
from capplan.servers.place import Server
from capplan.servers.postgresql import POSTGRESQL
from capplan.servers.redis import REDIS
from capplan.servers.web import WEB

__all__ = ["SERVERS"]

SERVERS: dict[str, Server] = {
    "postgresql": POSTGRESQL,
    "redis": REDIS,
    "nginx": NGINX,
    "gunicorn": WEB,
    "asgi": WEB,
    "celery": CELERY,
    "beat": BEAT,
    "other": OTHER,
}
