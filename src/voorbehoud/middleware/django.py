"""Django: a middleware, and one setting.

MIDDLEWARE = ["voorbehoud.middleware.django.reservation", ...]    # first: then it sees what the others answer too
VOORBEHOUD = BASE_DIR / "voorbehoud.yaml"
"""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django import conf
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from ..core.errors import UserError
from .reservation import Reservation


@sync_and_async_middleware  # type: ignore[untyped-decorator]  # Django ships no types
def reservation(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Give what Django calls for each request.  Raises ImproperlyConfigured, when Django starts, where the setting is wrong."""
    ours = _read()
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            return _file(ours, request) or _added(ours, request, await get_response(request))

        return later

    def at_once(request: HttpRequest) -> HttpResponseBase:
        return _file(ours, request) or _added(ours, request, get_response(request))

    return at_once


def _read() -> Reservation:
    place = getattr(conf.settings, "VOORBEHOUD", None)
    if not place:
        raise ImproperlyConfigured(
            'Set VOORBEHOUD to the declaration: VOORBEHOUD = BASE_DIR / "voorbehoud.yaml"'
        )
    try:
        return Reservation.read(place, getattr(conf.settings, "VOORBEHOUD_ORIGIN", None))
    except UserError as error:
        raise ImproperlyConfigured(str(error)) from error


def _file(ours: Reservation, request: HttpRequest) -> HttpResponseBase | None:
    file = ours.answer(str(request.method), request.path)
    return None if file is None else HttpResponse(file.body, headers=dict(file.headers))


def _added(ours: Reservation, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    for header in ours.headers(request.path):
        theirs = response.headers.get(header.name, "")
        if header.name.lower() in ours.replaced or not theirs:
            response.headers[header.name] = header.value
        elif not f"{theirs},".startswith(f"{header.value},"):
            # Django knows one value for a name.  Ours comes first: behind `googlebot:` it would hold for that robot alone.
            response.headers[header.name] = f"{header.value}, {theirs}"
    for name in ours.replaced - {header.name.lower() for header in ours.headers(request.path)}:
        response.headers.pop(name, None)
    return response
