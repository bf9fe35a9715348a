"""WSGI: Flask, Django, Bottle and whatever else speaks it.

application = Wsgi(application, "voorbehoud.yaml")
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .reservation import Place, Reservation

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Wsgi:
    """An application around another: its answers with our headers, and our files.

    Raises UserError for a declaration that cannot be used.
    """

    def __init__(self, app: "WSGIApplication", declaration: Place, origin: str | None = None) -> None:
        self.app = app
        self.reservation = Reservation.read(declaration, origin)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # PEP 3333: the octets of the path, each as one character.
        seen = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        path = seen.encode("latin-1").decode("utf-8", "surrogateescape") or "/"
        ours = self.reservation.answer(environ["REQUEST_METHOD"], path)
        if ours is not None:
            start_response("200 OK", list(ours.headers))
            return [ours.body] if ours.body else []

        def starting(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            return start_response(status, list(self.reservation.added(path, headers)), *error)

        return self.app(environ, starting)
