"""health: whether the service can work, and what the process that answers is made of."""

import sys

import django
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from redis import Redis

_redis = Redis.from_url(settings.CELERY_BROKER_URL)
_ANSWERING = ("gunicorn", "daphne", "channels")


def healthz(request: HttpRequest) -> JsonResponse:
    """Ask the database and Redis; a failure of either is an error of this page."""
    del request
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    _redis.ping()
    versions = {"python": sys.version.split()[0], "django": django.get_version()}
    versions |= {name: sys.modules[name].__version__ for name in _ANSWERING if name in sys.modules}
    return JsonResponse({"status": "ok", "versions": versions})
