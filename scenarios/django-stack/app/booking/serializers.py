"""serializers: how what the service keeps is told and taken."""

from django.db.models import F
from rest_framework import serializers

from booking.models import Article, Booking, Report, Upload


class ArticleLineSerializer(serializers.ModelSerializer):
    """One line of a list."""

    class Meta:
        """Without the body."""

        model = Article
        fields = ("id", "title", "category", "price_cents", "places", "bookings_count", "published")


class BookingLineSerializer(serializers.ModelSerializer):
    """One booking beside its article."""

    class Meta:
        """Whose it is stays with the service."""

        model = Booking
        fields = ("id", "places", "created")


class ArticleSerializer(serializers.ModelSerializer):
    """An article with its newest bookings."""

    newest = serializers.SerializerMethodField()

    class Meta:
        """All of it."""

        model = Article
        fields = (*ArticleLineSerializer.Meta.fields, "body", "newest")

    def get_newest(self, article: Article) -> list[dict]:
        """Return the five newest bookings."""
        return BookingLineSerializer(article.bookings.all()[:5], many=True).data


class BookingSerializer(serializers.ModelSerializer):
    """A booking as it is made."""

    class Meta:
        """Its user is who asks."""

        model = Booking
        fields = ("id", "article", "places", "note", "created")

    def create(self, told: dict) -> Booking:
        """Keep the booking, and count it at its article."""
        booking = super().create(told)
        Article.objects.filter(pk=booking.article_id).update(bookings_count=F("bookings_count") + 1)
        return booking


class UploadSerializer(serializers.ModelSerializer):
    """A file as it is sent."""

    class Meta:
        """Its size is counted, not told."""

        model = Upload
        fields = ("id", "file", "size_bytes", "created")
        read_only_fields = ("size_bytes",)


class ReportSerializer(serializers.ModelSerializer):
    """A report as it is asked for and read."""

    class Meta:
        """The job fills in the rest."""

        model = Report
        fields = ("id", "category", "created", "finished", "result")
        read_only_fields = ("finished", "result")
