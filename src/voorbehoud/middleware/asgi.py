"""ASGI: Starlette, FastAPI, Django and whatever else speaks it.

app = Asgi(app, "voorbehoud.yaml")
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .reservation import Place, Reservation

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Event, Receive, Send], Awaitable[None]]


class Asgi:
    """An application around another: its answers with our headers, and our files.

    Raises UserError for a declaration that cannot be used.  Made where the module is loaded, that stops the start;
    a framework that makes its middleware with the first request would only fail there.
    """

    def __init__(self, app: App, declaration: Place, origin: str | None = None) -> None:
        self.app = app
        self.reservation = Reservation.read(declaration, origin)

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = str(scope["path"])
        ours = self.reservation.answer(str(scope["method"]), path)
        if ours is not None:
            await send({"type": "http.response.start", "status": 200, "headers": _octets(ours.headers)})
            await send({"type": "http.response.body", "body": ours.body})
            return

        async def sending(event: Event) -> None:
            if event["type"] == "http.response.start":
                sent = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in event.get("headers", ())]
                event = {**event, "headers": _octets(self.reservation.added(path, sent))}
            await send(event)

        await self.app(scope, receive, sending)


def _octets(fields: Any) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
