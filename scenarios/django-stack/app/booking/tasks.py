"""tasks: jobs of the queue, run by Celery."""

from asgiref.sync import async_to_sync
from celery import shared_task
from channels.layers import get_channel_layer
from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from booking.consumers import EVERYBODY
from booking.models import Booking, Report


@shared_task
def write_report(pk: int) -> None:
    """Sum up the bookings of a category by month, and tell everybody that the report is there."""
    report = Report.objects.get(pk=pk)
    months = (
        Booking.objects.filter(article__category=report.category)
        .annotate(month=TruncMonth("created"))
        .values("month")
        .annotate(bookings=Count("id"), places=Sum("places"))
        .order_by("month")
    )
    report.result = [{**line, "month": f"{line['month']:%Y-%m}"} for line in months]
    report.finished = timezone.now()
    report.save(update_fields=("result", "finished"))
    note = {"type": "notify", "text": f"report {pk} is ready"}
    async_to_sync(get_channel_layer().group_send)(EVERYBODY, note)


@shared_task
def expire_reports() -> int:
    """Delete all but the newest reports, and return how many."""
    kept = Report.objects.order_by("-id").values("id")[: settings.REPORTS_KEPT]
    deleted, _ = Report.objects.exclude(id__in=kept).delete()
    return deleted
