"""models: what the service keeps."""

from django.conf import settings
from django.db import models


class Article(models.Model):
    """Something that can be booked."""

    title = models.CharField(max_length=200)
    category = models.CharField(max_length=40, db_index=True)
    body = models.TextField()
    price_cents = models.PositiveIntegerField()
    places = models.PositiveIntegerField()
    bookings_count = models.PositiveIntegerField(default=0)
    published = models.DateTimeField(db_index=True)

    class Meta:
        """Newest first."""

        ordering = ("-published", "-id")

    def __str__(self) -> str:
        return self.title


class Booking(models.Model):
    """Some places of an article, taken by a user."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="bookings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookings")
    places = models.PositiveSmallIntegerField(default=1)
    note = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        """Newest first."""

        ordering = ("-created", "-id")

    def __str__(self) -> str:
        return f"{self.places} of {self.article_id}"


class Upload(models.Model):
    """A file that a user sent; it lies on disk."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    file = models.FileField(upload_to="uploads/%Y/%m/%d")
    size_bytes = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.file.name


class Report(models.Model):
    """A sum over many bookings, made by a job."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports")
    category = models.CharField(max_length=40)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.category} of {self.created:%F}"
