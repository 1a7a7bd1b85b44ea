"""views: what the service answers."""

from functools import partial

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import Q, QuerySet
from rest_framework import generics, mixins, status, viewsets
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from booking.models import Article, Booking, Report, Upload
from booking.serializers import (
    ArticleLineSerializer,
    ArticleSerializer,
    BookingSerializer,
    ReportSerializer,
    UploadSerializer,
)
from booking.tasks import write_report


class LoginView(APIView):
    """Checks a password, at the cost that a password's hash has on purpose, and hands out a token."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        """Return the user's token."""
        name, password = request.data.get("username"), request.data.get("password")
        user = authenticate(request, username=name, password=password)
        if user is None:
            raise AuthenticationFailed
        token, _ = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})


class ArticleViewSet(viewsets.ReadOnlyModelViewSet):
    """Lists and shows articles."""

    queryset = Article.objects.all()

    def get_serializer_class(self) -> type[BaseSerializer]:
        """Return lines for a list, all of it for one."""
        return ArticleLineSerializer if self.action == "list" else ArticleSerializer


class SearchView(generics.ListAPIView):
    """Finds articles by a part of their text: every row is read, for no index helps."""

    serializer_class = ArticleLineSerializer

    def get_queryset(self) -> QuerySet[Article]:
        """Return the articles that hold the words asked for."""
        asked = self.request.query_params.get("q", "")
        return Article.objects.filter(Q(title__icontains=asked) | Q(body__icontains=asked))


class BookingViewSet(mixins.CreateModelMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Takes bookings and lists one's own."""

    serializer_class = BookingSerializer
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet[Booking]:
        """Return the bookings of who asks."""
        return Booking.objects.filter(user=self.request.user)

    @transaction.atomic
    def perform_create(self, serializer: BaseSerializer) -> None:
        """Keep a booking of who asks."""
        serializer.save(user=self.request.user)


class UploadView(generics.CreateAPIView):
    """Takes files; Nginx serves them."""

    queryset = Upload.objects.all()
    serializer_class = UploadSerializer
    permission_classes = (IsAuthenticated,)

    def perform_create(self, serializer: BaseSerializer) -> None:
        """Keep a file of who asks."""
        size_bytes = serializer.validated_data["file"].size
        serializer.save(user=self.request.user, size_bytes=size_bytes)


class ReportViewSet(mixins.CreateModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Takes orders for reports and shows them."""

    serializer_class = ReportSerializer
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet[Report]:
        """Return the reports of who asks."""
        return Report.objects.filter(user=self.request.user)

    def create(self, request: Request, *args: object, **named: object) -> Response:
        """Accept the order; the job begins once it is kept."""
        del args, named
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            report = serializer.save(user=request.user)
            transaction.on_commit(partial(write_report.delay, report.pk))
        return Response(serializer.data, status=status.HTTP_202_ACCEPTED)
