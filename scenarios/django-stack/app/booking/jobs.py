"""jobs: the queue of work that is done outside requests."""

from celery import Celery

jobs = Celery("booking")
jobs.config_from_object("django.conf:settings", namespace="CELERY")
jobs.autodiscover_tasks(["booking"])
