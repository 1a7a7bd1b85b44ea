"""asgi: the service under Daphne: WebSockets."""

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

_http = get_asgi_application()

from booking.consumers import NotificationConsumer  # noqa: E402 - after Django has been set up

application = ProtocolTypeRouter(
    {"http": _http, "websocket": URLRouter([path("ws/notifications/", NotificationConsumer.as_asgi())])}
)
