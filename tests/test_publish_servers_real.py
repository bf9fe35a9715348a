"""Our configuration inside realistic ones of real servers: the signals are there once, with the right value; all else is as before."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from email.utils import formatdate
from pathlib import Path

import pytest

import servers
from servers import Answer, Kind, Place, ask
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Declaration, Declarer, PathException
from voorbehoud.publish import compose, server_parts
from voorbehoud.publish.compose import robots_text

OPEN = frozenset({Use.TDM, Use.TRAIN_AI})
PLAIN = Declaration(Declarer("Sanne", "sanne@atelier.example"), "https://atelier.example", date(2026, 11, 1))
WISH = replace(
    PLAIN, exceptions=(PathException("/pers/", allow=OPEN), PathException("/pers/archief/", reserve=OPEN))
)
SPELT = replace(WISH, exceptions=(*WISH.exceptions, PathException("/caf%C3%A9%20(oud)/", allow=OPEN)))
"""With a path in the spelling that a declaration has after it was read."""
OURS = {header.name.lower() for header in compose(WISH).level("/").headers}
NAMES = [
    pytest.param(
        name,
        marks=[
            pytest.mark.needs(kind.program, *(["nginx"] if kind.behind else [])),
            pytest.mark.xdist_group(name),
        ],
        id=name,
    )
    for name, kind in servers.KINDS.items()
]


@dataclass(frozen=True)
class Pair:
    """The same server twice: as it was, and with our lines."""

    kind: Kind
    before: Place
    after: Place


@pytest.fixture(scope="module")
def app() -> Iterator[int]:
    with servers.application() as port:
        yield port


@pytest.fixture(scope="module", params=NAMES)
def pair(request: pytest.FixtureRequest, app: int) -> Iterator[Pair]:
    kind = servers.KINDS[request.param]
    ours = compose(WISH)
    files = {file.path: file.body for file in ours.files} | {"robots.txt": robots_text(ours).encode()}
    parts = server_parts(kind.target, SPELT, lang="nl")
    with ExitStack() as held:
        sites = [held.enter_context(servers.site_of(files)) for _ in range(2)]
        behind = app
        if kind.behind:
            behind = held.enter_context(servers.running(servers.KINDS["nginx"], sites[0], app)).port
        before = held.enter_context(servers.running(kind, sites[0], behind))
        after = held.enter_context(servers.running(kind, sites[1], behind, parts))
        yield Pair(kind, before, after)


def signals(answer: Answer) -> dict[str, list[str]]:
    return {name: answer.all(name) for name in OURS}


def said(reservation: str) -> dict[str, list[str]]:
    level = compose(WISH).level("/" if reservation == "1" else "/pers/")
    return {name: [h.value for h in level.headers if h.name.lower() == name] for name in OURS}


REQUESTS = {
    "the home page": ("GET", "/", {}),
    "a deep page": ("GET", "/werk/diep/", {}),
    "a deep page with a query": ("GET", "/werk/diep/?a=/pers/", {}),
    "a page, compressed": ("GET", "/", {"Accept_Encoding": "gzip"}),
    "an image": ("GET", "/werk/foto.jpg", {}),
    "the head of an image": ("HEAD", "/werk/foto.jpg", {}),
    "a part of an image": ("GET", "/werk/foto.jpg", {"Range": "bytes=0-99"}),
    "a document": ("GET", "/werk/catalogus.pdf", {}),
    "an image not changed since": ("GET", "/werk/foto.jpg", {"If_Modified_Since": formatdate(servers.MADE, usegmt=True)}),
    "a page that is not there": ("GET", "/weg.html", {}),
    "the head of a page that is not there": ("HEAD", "/weg.html", {}),
    "robots.txt": ("GET", "/robots.txt", {}),
}  # fmt: skip
STATUS = {"a part of an image": 206, "an image not changed since": 304, "a page that is not there": 404,
          "the head of a page that is not there": 404}  # fmt: skip


@pytest.mark.parametrize("what", REQUESTS)
def test_every_answer_says_it_once(pair: Pair, what: str) -> None:
    method, path, headers = REQUESTS[what]
    before, after = (ask(at.port, path, method, **headers) for at in (pair.before, pair.after))
    assert after.status == STATUS.get(what, 200)
    assert (
        signals(after) == said("1")
        if not lost(pair)
        else without_robots(signals(after)) == without_robots(said("1"))
    )
    assert others(after) == others(before)
    assert after.body == before.body


def lost(pair: Pair) -> bool:
    """lighttpd cannot say X-Robots-Tag by path beside the maker's own, Traefik not at all; their configurations say so."""
    return pair.kind.target in {"lighttpd", "traefik"}


def without_robots(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in found.items() if name != "x-robots-tag"}


LENGTHS = {"content-length", "transfer-encoding"}


def others(answer: Answer) -> tuple[int, list[tuple[str, str]]]:
    """What is none of ours, apart from what differs from second to second."""
    moving = OURS | {"date", "age", "x-varnish"}
    names = {name.lower() for name, _ in answer.headers}
    return answer.status, sorted(
        (name.lower(), ",".join(sorted(value.split(","))) if name.lower() == "allow" else value)
        for name, value in answer.headers
        # Varnish hands on in pieces, or not, as it happens to have the whole answer.
        if name.lower() not in moving and not ("x-varnish" in names and name.lower() in LENGTHS)
    )


@pytest.mark.parametrize(
    ("path", "reservation"),
    [
        ("/pers/foto.jpg", "0"),
        ("/pers/foto.jpg?maat=groot", "0"),
        ("/pers/weg.html", "0"),
        ("/pers/artikel/een", "0"),
        ("/pers/archief/oud.jpg", "1"),
        ("/persoonlijk/", "1"),
        ("/caf%C3%A9%20(oud)/foto.jpg", "0"),
        ("/caf%c3%a9%20%28oud%29/foto.jpg", "0"),
        ("/caf%C3%A9/foto.jpg", "1"),
        ("/pers/../werk/foto.jpg", "1"),
        ("/pers/%2e%2e/werk/foto.jpg", "1"),
        ("/%70ers/archief/oud.jpg", "1"),
        ("/pers//archief/oud.jpg", "1"),
    ],
)
def test_each_path_has_its_own_value(pair: Pair, path: str, reservation: str) -> None:
    if pair.kind.target == "lighttpd" and "artikel" in path:
        reservation = "1"  # rewritten before lighttpd looks; a comment in its configuration says so
    answer = ask(pair.after.port, path)
    assert without_robots(signals(answer)) == without_robots(said(reservation)), answer.status


@pytest.mark.parametrize("path", ["/app/een", "/app/weg", "/blog/een"])
def test_what_an_application_answers_says_it_too(pair: Pair, path: str) -> None:
    path = reached(pair, path)
    before, after = ask(pair.before.port, path), ask(pair.after.port, path)
    assert without_robots(signals(after)) == without_robots(said("1"))
    assert (after.status, after.body) == (before.status, before.body)
    assert "noindex" in ", ".join(after.all("x-robots-tag")).split(", "), "the application's own word stays"
    assert lost(pair) or "noai" in ", ".join(after.all("x-robots-tag")).split(", ")
    assert others(after) == others(before)


def reached(pair: Pair, path: str) -> str:
    """A .htaccess is not read for what the virtual host hands on; for what its own rules hand on, it is."""
    return path.replace("/app/", "/blog/") if pair.kind.target == "htaccess" else path


def test_an_application_that_says_it_itself_is_not_doubled(pair: Pair) -> None:
    answer = ask(pair.after.port, reached(pair, "/app/eigen"))
    theirs = [value for value in answer.all("x-robots-tag") if value != "noai, noimageai"]
    assert ", ".join(theirs).endswith("noindex, googlebot: nosnippet"), "each of its words for robots stays"
    assert lost(pair) or theirs != answer.all("x-robots-tag") or theirs[0].startswith("noai, noimageai, ")
    values = answer.all("tdm-reservation")
    assert values == (
        ["0", "1"] if pair.kind.target == "nginx" else ["1"]
    )  # the file for nginx tells what to do


@pytest.mark.parametrize("name", NAMES)
def test_without_exceptions_every_header_is_there_once(name: str, app: int) -> None:
    kind = servers.KINDS[name]
    wanted = {header.name.lower(): [header.value] for header in compose(PLAIN).level("/").headers}
    with ExitStack() as held:
        site, behind = held.enter_context(servers.site_of({})), app
        if kind.behind:
            behind = held.enter_context(servers.running(servers.KINDS["nginx"], site, app)).port
        at = held.enter_context(servers.running(kind, site, behind, server_parts(kind.target, PLAIN)))
        page, picture = ask(at.port, "/"), ask(at.port, "/werk/foto.jpg")
    if name == "traefik":
        wanted["x-robots-tag"] = []
    assert signals(page) == wanted
    assert name != "lighttpd" or page.all("x-eigen") == ["ja"]
    if name == "lighttpd":  # the image block has a setenv.add-response-header of its own
        assert without_robots(signals(picture)) == without_robots(wanted)
    else:
        assert signals(picture) == wanted


@pytest.mark.needs("nginx")
def test_what_the_file_for_nginx_says_about_applications_helps(app: int) -> None:
    def configure(at: Place) -> Path:
        file = servers.nginx(at)
        text = file.read_text()
        file.write_text(
            text.replace("location /app/ {", "location /app/ { proxy_hide_header tdm-reservation;")
        )
        return file

    with servers.site_of({}) as site:
        parts = server_parts("nginx", WISH)
        with servers.running(servers.KINDS["nginx"], site, app, parts, configure) as at:
            assert ask(at.port, "/app/eigen").all("tdm-reservation") == ["1"]


def test_tdmrep_json_is_served_as_it_is(pair: Pair) -> None:
    answer = ask(pair.after.port, "/.well-known/tdmrep.json")
    if (
        pair.kind.behind or pair.kind.target == "htaccess"
    ):  # a rule of the origin's, or the hash in front of a line
        assert answer.status == ask(pair.before.port, "/.well-known/tdmrep.json").status == 403
        return
    assert answer.status == 200
    assert answer.body == (pair.after.site / ".well-known" / "tdmrep.json").read_bytes()
    assert answer.all("content-type") == ["application/json"]
    assert without_robots(signals(answer)) == without_robots(said("1"))


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/security.txt",
        "/.well-known/acme-challenge/token",
        "/.well-known/webfinger?resource=acct:a@e.nl",
        "/.well-known/",
        "/.well-known/change-password",
        "/.env",
        "/.git/config",
        "/geheim",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_the_neighbours_answer_as_before(pair: Pair, path: str, method: str) -> None:
    before, after = ask(pair.before.port, path, method), ask(pair.after.port, path, method)
    assert others(after) == others(before)
    assert after.body == before.body
