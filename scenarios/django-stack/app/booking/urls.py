"""urls: where the service answers."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from booking.health import healthz
from booking.views import ArticleViewSet, BookingViewSet, LoginView, ReportViewSet, SearchView, UploadView

_router = SimpleRouter()
_router.register("articles", ArticleViewSet)
_router.register("bookings", BookingViewSet, basename="booking")
_router.register("reports", ReportViewSet, basename="report")

urlpatterns = [
    path("healthz", healthz),
    path("api/login/", LoginView.as_view()),
    path("api/search/", SearchView.as_view()),
    path("api/media/", UploadView.as_view()),
    path("api/", include(_router.urls)),
]
