"""The middleware around applications that answer as real ones do: with headers of their own, in pieces, and not at all."""

import asyncio
import socket
import threading
import wsgiref.simple_server
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import django
import pytest
import uvicorn
from click.testing import CliRunner
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import re_path

from servers import MADE, Answer, ask
from voorbehoud.cli import main
from voorbehoud.core.errors import UserError
from voorbehoud.middleware import Asgi, Reservation, Wsgi
from voorbehoud.middleware.django import reservation as django_reservation

DECLARATION = """\
declared-by: {name: Sanne, contact: sanne@atelier.example}
site: https://atelier.example
since: 2026-11-01
media: [https://beeld.example]
exceptions:
  - {path: /pers/, allow: [tdm, train-ai]}
  - {path: /pers/archief/, reserve: [tdm, train-ai]}
  - {path: /café/, allow: [tdm]}
  - {path: "/a&b (c)/", allow: [tdm]}
"""
PAGE = b"""<!doctype html><html lang="nl"><head><title>Werk</title></head>
<body><a href="/werk/">werk</a><img src="/werk/foto.png" alt=""></body></html>"""
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c489".replace(" ", ""))
ROBOTS = b"User-agent: *\nDisallow: /beheer/\n"
Said = tuple[str, list[tuple[str, str]], list[bytes]]


def application(path: str, method: str, since: str) -> Said:
    """Give status, headers and pieces of the body of an application that has never heard of us."""
    if path == "/werk/foto.png":
        if since:
            return "304 Not Modified", [("ETag", '"a"')], []
        return "200 OK", [("Content-Type", "image/png"), ("Content-Length", str(len(PNG)))], [PNG]
    if path == "/robots.txt":
        return "200 OK", [("Content-Type", "text/plain")], [ROBOTS]
    if path == "/.well-known/security.txt":
        return "200 OK", [("Content-Type", "text/plain")], [b"Contact: mailto:a@e.nl\n"]
    if path == "/stroom/":
        return "200 OK", [("Content-Type", "text/html")], [PAGE[:20], PAGE[20:]]
    if path == "/eigen/":
        own = [
            ("TDM-Reservation", "0"),
            ("X-Robots-Tag", "googlebot: noai, noimageai"),
            ("Content-Type", "text/html"),
        ]
        return "200 OK", own, [PAGE]
    if "weg" in path or path.startswith("/.well-known/") or path in {"/ai.txt", "/license.xml", "/trust.txt"}:
        return "404 Not Found", [("Content-Type", "text/plain")], [b"weg"]
    return "200 OK", [("Content-Type", "text/html; charset=utf-8")], [b"" if method == "HEAD" else PAGE]


def wsgi(environ: Any, start_response: Any) -> Iterable[bytes]:
    path = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    status, headers, body = application(
        path, environ["REQUEST_METHOD"], environ.get("HTTP_IF_MODIFIED_SINCE", "")
    )
    start_response(status, headers)
    yield from body


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while (event := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{event['type']}.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    since = dict(scope["headers"]).get(b"if-modified-since", b"").decode()
    status, headers, body = application(scope["path"], scope["method"], since)
    fields = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": int(status[:3]), "headers": fields})
    for piece in body:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def view(request: HttpRequest) -> HttpResponseBase:
    since = str(request.headers.get("If-Modified-Since", ""))
    status, headers, body = application(request.path, str(request.method), since)
    kind = StreamingHttpResponse if len(body) > 1 else HttpResponse
    pieces = later(body) if len(body) > 1 and isinstance(request, ASGIRequest) else body
    return kind(pieces, status=int(status[:3]), headers=dict(headers))


async def later(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


urlpatterns = [re_path("", view)]


# ---- real servers ----------------------------------------------------------------------------------------------------
@contextmanager
def under_uvicorn(app: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="auto"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


class Silent(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def under_wsgiref(app: Any) -> Iterator[int]:
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def declaration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("app") / "voorbehoud.yaml"
    file.write_text(DECLARATION, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def django_ready(declaration: Path) -> None:
    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], USE_I18N=False)
        django.setup()


OURS = ["voorbehoud.middleware.django.reservation", "django.middleware.http.ConditionalGetMiddleware"]
KINDS: dict[str, Callable[[Path], Any]] = {
    "asgi": lambda file: under_uvicorn(Asgi(asgi, file)),
    "wsgi": lambda file: under_wsgiref(Wsgi(wsgi, file)),
    "django-wsgi": lambda _: under_wsgiref(get_wsgi_application()),
    "django-asgi": lambda _: under_uvicorn(get_asgi_application()),
}


@pytest.fixture(scope="module", params=KINDS)
def port(request: pytest.FixtureRequest, declaration: Path, django_ready: None) -> Iterator[int]:
    with (
        override_settings(MIDDLEWARE=OURS, VOORBEHOUD=declaration),
        KINDS[request.param](declaration) as port,
    ):
        yield port


def said(answer: Answer) -> tuple[list[str], list[str]]:
    return answer.all("tdm-reservation"), answer.all("tdm-policy")


HERE = (["1"], ["https://atelier.example/ai-voorbehoud/"])
REQUESTS = {
    "the home page": ("GET", "/", {}, 200),
    "a deep page with a query": ("GET", "/werk/diep/?a=/pers/", {}, 200),
    "the head of a page": ("HEAD", "/werk/", {}, 200),
    "an image": ("GET", "/werk/foto.png", {}, 200),
    "an image not changed": ("GET", "/werk/foto.png", {"If_Modified_Since": formatdate(MADE, usegmt=True)}, 304),
    "a page in pieces": ("GET", "/stroom/", {}, 200),
    "a page that is not there": ("GET", "/weg/", {}, 404),
    "a form": ("POST", "/werk/", {}, 200),
    "a page that says otherwise": ("GET", "/eigen/", {}, 200),
    "robots.txt": ("GET", "/robots.txt", {}, 200),
    "the reservation itself": ("GET", "/.well-known/tdmrep.json", {}, 200),
}  # fmt: skip


@pytest.mark.parametrize("what", REQUESTS)
def test_every_answer_says_it_once(port: int, what: str) -> None:
    method, path, headers, status = REQUESTS[what]
    answer = ask(port, path, method, **headers)
    assert (answer.status, said(answer)) == (status, HERE)
    assert "noai, noimageai" in ", ".join(answer.all("x-robots-tag"))
    assert len(answer.all("content-usage")) == 1


@pytest.mark.parametrize(
    ("path", "reservation"),
    [
        ("/pers/foto.jpg", "0"), ("/pers/weg.html", "0"), ("/%70ers/", "0"), ("/caf%C3%A9/", "0"), ("/caf%c3%a9/x", "0"),
        ("/a&b%20(c)/", "0"), ("/a%26b%20%28c%29/", "0"),
        ("/persoonlijk/", "1"), ("/pers/archief/oud.jpg", "1"), ("/Pers/", "1"), ("/?x=/pers/", "1"),
        ("/pers/../werk/", "1"), ("/pers/%2e%2e/werk/", "1"), ("/pers//archief/", "1"), ("/pers%2f%2farchief/", "1"),
        ("/pers/%5C..%5Cwerk/", "1"), ("/%FF/", "1"),
    ],
)  # fmt: skip
def test_each_path_has_its_own_value(port: int, path: str, reservation: str) -> None:
    answer = ask(port, path)
    assert answer.all("tdm-reservation") == [reservation]
    assert answer.all("tdm-policy") == ([] if reservation == "0" else HERE[1])


def test_the_application_s_own_field_for_robots_stays_and_ours_holds_for_everybody(port: int) -> None:
    values = ask(port, "/eigen/").all("x-robots-tag")
    assert ", ".join(values).startswith("noai, noimageai, googlebot") or values == [
        "googlebot: noai, noimageai",
        "noai, noimageai",
    ]


def test_our_files_are_answered_and_no_neighbour_is(port: int) -> None:
    file = ask(port, "/.well-known/tdmrep.json")
    assert file.all("content-type") == ["application/json"]
    assert b'"tdm-reservation": 1' in file.body
    head = ask(port, "/.well-known/tdmrep.json", "HEAD")
    assert (head.all("content-length"), head.body) == ([str(len(file.body))], b"")
    assert b"<html" in ask(port, "/ai-voorbehoud/").body
    assert ask(port, "/ai-voorbehoud/").all("content-type") == ["text/html; charset=utf-8"]
    assert ask(port, "/robots.txt").body == ROBOTS
    assert ask(port, "/.well-known/security.txt").body == b"Contact: mailto:a@e.nl\n"
    assert ask(port, "/.well-known/acme-challenge/token").status == 404
    assert ask(port, "/.well-known/tdmrep.json", "POST").status == 404, (
        "the application answers what only it can"
    )


def test_an_outsider_finds_what_is_declared(port: int, declaration: Path) -> None:
    words = [
        "check",
        f"http://127.0.0.1:{port}",
        "--allow-private",
        "--expect",
        str(declaration),
        "--lang",
        "en",
    ]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert not {"EXP102", "EXP301", "EXP302", "EXP303", "EXP401", "EXP404", "TDH202"} & set(
        done.output.split()
    )


# ---- when it starts --------------------------------------------------------------------------------------------------
def test_a_declaration_with_a_fault_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "voorbehoud.yaml"
    file.write_text(DECLARATION + "reserve: [ai-training]\n", encoding="utf-8")
    fault = r"voorbehoud\.yaml:\d+:\d+: .*ai-training"
    with pytest.raises(UserError, match=fault):
        Asgi(asgi, file)
    with pytest.raises(UserError, match=fault):
        Wsgi(wsgi, file)
    empty = tmp_path / "leeg" / "leeg"
    empty.mkdir(parents=True)
    with pytest.raises(UserError, match="voorbehoud init"):
        Reservation.read(empty)


@pytest.mark.usefixtures("django_ready")
@pytest.mark.parametrize("place", [None, "nergens/voorbehoud.yaml"])
def test_django_says_what_is_wrong_with_its_setting(place: str | None) -> None:
    with (
        override_settings(VOORBEHOUD=place),
        pytest.raises(ImproperlyConfigured, match=r"voorbehoud\.yaml|no such folder"),
    ):
        django_reservation(view)


def test_an_address_that_the_declaration_does_not_know_is_refused(declaration: Path) -> None:
    with pytest.raises(UserError, match=r"says nothing of https://elders\.example\. Known: https://atelier"):
        Reservation.read(declaration, "https://elders.example")


def test_an_address_for_media_has_no_page_for_people(declaration: Path) -> None:
    ours = Reservation.read(declaration, "https://beeld.example")
    assert set(ours.files) == {"/.well-known/tdmrep.json"}
    assert ("tdm-reservation", "1") in [(header.name, header.value) for header in ours.headers("/a.jpg")]


def test_a_head_is_answered_without_a_body(declaration: Path) -> None:
    """A client would not read it, and take it for the beginning of the next answer."""
    ours = Reservation.read(declaration)
    whole, head = (ours.answer(method, "/.well-known/tdmrep.json") for method in ("GET", "HEAD"))
    assert whole is not None
    assert head is not None
    assert (head.headers, head.body) == (whole.headers, b"")
    assert dict(head.headers)["Content-Length"] == str(len(whole.body))


# ---- other traffic ---------------------------------------------------------------------------------------------------
def test_what_is_no_request_passes_untouched(declaration: Path) -> None:
    sent: list[object] = []

    async def talking(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept", "headers": []})

    async def send(event: object) -> None:
        sent.append(event)

    asyncio.run(Asgi(talking, declaration)({"type": "websocket", "path": "/"}, send, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.accept", "headers": []}]


def test_twice_around_an_application_still_says_it_once(declaration: Path) -> None:
    with under_wsgiref(Wsgi(Wsgi(wsgi, declaration), declaration)) as port:
        answer = ask(port, "/werk/")
    assert (said(answer), answer.all("x-robots-tag")) == (HERE, ["noai, noimageai"])
