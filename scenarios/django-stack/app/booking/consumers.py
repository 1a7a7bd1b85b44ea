"""consumers: what happens on a WebSocket."""

import json

from channels.generic.websocket import AsyncWebsocketConsumer

EVERYBODY = "notifications"


class NotificationConsumer(AsyncWebsocketConsumer):
    """Sends back what it is sent, and passes on what concerns everybody."""

    async def connect(self) -> None:
        """Join everybody."""
        await self.channel_layer.group_add(EVERYBODY, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave."""
        del code
        await self.channel_layer.group_discard(EVERYBODY, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Echo."""
        await self.send(text_data=text_data, bytes_data=bytes_data)

    async def notify(self, event: dict) -> None:
        """Pass on a message of the group."""
        await self.send(text_data=json.dumps({"notification": event["text"]}))
