"""Headers for servers and static hosts: sent as declared by a real nginx, joined as Netlify and Cloudflare join them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voorbehoud.core.errors import PublishError
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Declaration, Declarer, PathException
from voorbehoud.publish import SERVERS, server_config, server_parts
from voorbehoud.publish.compose import compose
from voorbehoud.publish.frame import render
from voorbehoud.publish.prove import prove_headers_file
from voorbehoud.publish.quoting import comment, nginx_pattern, prefix
from voorbehoud.publish.quoting import nginx as nginx_value
from voorbehoud.publish.server import server_notes
from voorbehoud.publish.targets.headers_file import DamagedError, cut, merge, served

HOWTO = Path(__file__).parents[1] / "docs" / "howto"
OPEN = frozenset({Use.TDM, Use.TRAIN_AI})
WISH = Declaration(Declarer("Sanne", "sanne@atelier.example"), "https://atelier.example", date(2026, 11, 1))
PRESS = replace(
    WISH,
    exceptions=(
        PathException("/pers/", allow=OPEN),
        PathException("/pers/archief/", reserve=OPEN),
        PathException("/caf\u00e9 (oud)/", allow=OPEN),
    ),
)
PRESS_SIMPLE = replace(PRESS, exceptions=PRESS.exceptions[:2])
Serve = Callable[..., str]


def head(url: str) -> dict[str, list[str]]:
    """Give the headers of an answer, whatever its status, each name with all its values."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
    headers = connection.getresponse().headers
    connection.close()
    return {name.lower(): headers.get_all(name, []) for name in headers}


def nginx_parts(wish: Declaration, blocking: bool = False) -> tuple[str, str]:
    """Give what goes into `http { }` and what goes into `server { }`."""
    parts = server_parts("nginx", wish, blocking=blocking)
    http = "".join(part.text for part in parts if part.name.startswith("http/"))
    return http, "".join(part.text for part in parts if not part.name.startswith("http/"))


# ---- nginx ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "reservation"),
    [
        ("/", "1"),
        ("/werk/een.jpg", "1"),
        ("/weg.html", "1"),
        ("/pers/foto.jpg", "0"),
        ("/pers/foto.jpg?maat=groot", "0"),
        ("/pers/archief/oud.jpg", "1"),
        ("/persoonlijk/", "1"),
        ("/caf%C3%A9%20(oud)/a.jpg", "0"),
        ("/caf%c3%a9%20(oud)/a.jpg", "0"),
    ],
)
def test_nginx_sends_what_holds_at_the_path(
    nginx: Serve, tmp_path: Path, path: str, reservation: str
) -> None:
    http, server = nginx_parts(PRESS)
    sent = head(nginx(tmp_path, server=server, http=http) + path)
    assert sent["tdm-reservation"] == [reservation]
    assert ("tdm-policy" in sent) is (reservation == "1")
    assert sent.get("x-robots-tag") == (["noai, noimageai"] if reservation == "1" else None)
    assert len(sent["content-usage"]) == 1


def test_an_oddly_spelt_address_never_gives_away_what_is_reserved_somewhere(
    nginx: Serve, tmp_path: Path
) -> None:
    wish = replace(
        WISH,
        reserve=frozenset(),
        allow=frozenset(Use),
        exceptions=(PathException("/prive/", reserve=OPEN),),
    )
    http, server = nginx_parts(wish)
    origin = nginx(tmp_path, server=server, http=http)
    asked = ("/", "/prive/a.jpg", "/%70rive/a.jpg", "/a/../prive/a.jpg", "//prive/a.jpg", "/prive%2fa.jpg")
    assert [head(origin + path)["tdm-reservation"] for path in asked] == [["0"], *[["1"]] * 5]


def test_a_long_name_makes_no_long_variables(nginx: Serve, tmp_path: Path) -> None:
    """nginx refuses a variable that does not fit into a bucket of its hash."""
    hosts = [f"{'een-heel-lange-naam-' * 3}van-een-atelier-{number}" for number in range(2)]
    wishes = [replace(PRESS, site=f"https://{host}.example") for host in hosts]
    pairs = [nginx_parts(wish, blocking=True) for wish in wishes]
    origin = nginx(tmp_path, server=pairs[0][1], http="".join(http for http, _ in pairs))
    assert head(origin + "/pers/x")["tdm-reservation"] == ["0"]


def test_without_exceptions_one_include_is_enough(nginx: Serve, tmp_path: Path) -> None:
    http, server = nginx_parts(WISH)
    assert http == ""
    sent = head(nginx(tmp_path, server=server) + "/weg.jpg")
    assert sent["tdm-reservation"] == ["1"]
    assert sent["content-usage"] == ["train-ai=n, ai-use=n, search=y"]


@pytest.mark.parametrize(
    "sites",
    [
        ("https://atelier.example", "https://ander.example"),
        ("https://mijn-werk.nl", "https://mijn.werk.nl"),
        ("https://mijn.werk.nl", "http://mijn.werk.nl"),
    ],
)
def test_two_sites_on_one_server_do_not_mix(nginx: Serve, tmp_path: Path, sites: tuple[str, str]) -> None:
    mine = replace(PRESS, site=sites[0])
    other = replace(
        PRESS,
        site=sites[1],
        exceptions=(PathException("/", allow=OPEN), PathException("/x/", reserve=OPEN)),
    )
    (http, server), (other_http, _) = nginx_parts(mine), nginx_parts(other)
    assert head(nginx(tmp_path, server=server, http=http + other_http) + "/")["tdm-reservation"] == ["1"]


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="$"), max_size=60))
def test_a_quoted_value_cannot_leave_its_quotes(text: str) -> None:
    quoted = nginx_value(text)
    assert quoted[0] == quoted[-1] == '"'
    inner = quoted[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert "\\" not in inner


@pytest.mark.parametrize("text", ["$uri", "a\nadd_header x y;", "a\rb", "caf\u00e9", "a\x00b"])
def test_a_value_that_nginx_cannot_send_is_refused(text: str) -> None:
    with pytest.raises(PublishError, match="nginx cannot send"):
        nginx_value(text)


def test_hostile_paths_and_values_reach_nginx_as_text(nginx: Serve, tmp_path: Path) -> None:
    wild = '/a"; } evil { \\d+ $x .*|( [/'
    line = f'map $request_uri $wild {{ default ""; {nginx_pattern(prefix(wild))} {nginx_value(chr(34) + "; evil " + chr(92))}; }}'
    origin = nginx(tmp_path, http=line, server="add_header wild $wild always;")
    asked = "/a%22;%20%7D%20evil%20%7B%20%5Cd+%20%24x%20.%2A%7C(%20%5B/x"
    assert head(origin + asked)["wild"] == ['"; evil \\']
    assert "wild" not in head(origin + "/axx")


# ---- _headers ------------------------------------------------------------------------------------------------------------
def test_headers_of_every_path_stand_under_one_rule() -> None:
    body, conflicts, unsaid = merge(None, compose(WISH))
    assert (conflicts, unsaid) == ((), ())
    assert dict(served(body, "/werk/een.jpg"))["tdm-reservation"] == "1"
    prove_headers_file(WISH, compose(WISH), body, unsaid)


def test_what_differs_from_path_to_path_is_left_out_and_told() -> None:
    ours = compose(PRESS)
    body, _, unsaid = merge(None, ours)
    assert "tdm-reservation" in unsaid
    assert b"tdm-reservation" not in body
    prove_headers_file(PRESS, ours, body, unsaid)
    assert "tdm-reservation" in server_config("netlify", PRESS)
    assert "tdm-reservation:" not in server_config("netlify", PRESS)


@pytest.mark.parametrize(
    ("theirs", "line", "kept"),
    [
        (b"/*\n  tdm-reservation: 0\n", 2, False),
        (b"/pers/*\n  X-Frame-Options: DENY\n  TDM-Reservation: 1\n", 3, False),
        (b"/*\n  X-Robots-Tag: googlebot: noindex\n", 2, False),
        (b"/*\n  tdm-reservation: 1\n", None, False),
        (b"/*\n  tdm-reservation: 1\n/*\n  X-Frame-Options: DENY\n", 2, False),
        (b"/*\ntdm-reservation: 0\n", 2, False),
        (b"/prive/*\n  X-Robots-Tag: noindex\n", None, True),
        (b"# tdm-reservation: 0\n/*\n  X-Frame-Options: DENY", None, True),
    ],
)
def test_rules_of_the_makers_own_are_joined_by_the_host_so_clashes_are_told(
    theirs: bytes, line: int | None, kept: bool
) -> None:
    ours = compose(WISH)
    body, conflicts, unsaid = merge(theirs, ours)
    assert [number for number, _ in conflicts] == ([line] if line else [])
    assert body.startswith(theirs)
    name = "x-robots-tag" if b"X-Robots" in theirs else "tdm-reservation"
    assert (body.lower().count(name.encode()) > theirs.lower().count(name.encode())) is kept
    if not conflicts:
        prove_headers_file(WISH, ours, body, unsaid)


@pytest.mark.parametrize(("count", "told"), [(99, []), (100, ["headers-too-many"])])
def test_a_rule_that_cloudflare_would_not_read_any_more_is_told(count: int, told: list[str]) -> None:
    theirs = "".join(f"/{number}/*\n  X-Eigen: ja\n" for number in range(count)).encode()
    body, conflicts, _ = merge(theirs, compose(WISH))
    assert [message.key for _, message in conflicts] == told
    assert cut(body) == theirs


def test_joined_headers_that_say_something_else_are_refused() -> None:
    ours = compose(WISH)
    body, _, unsaid = merge(None, ours)
    with pytest.raises(PublishError, match="tdm-reservation"):
        prove_headers_file(WISH, ours, body.replace(b"tdm-reservation: 1", b"tdm-reservation: 0"), unsaid)


@example(b"/*\n  X-Frame-Options: DENY\n\n/werk/*\n  X-Eigen: ja")
@example(b"/*\n  a: b")
@example(b"/*\r  a: b\r\n\n/*\n  c: d\n")
@given(st.text(st.sampled_from("/*:a b#\t\r\n"), max_size=40).map(str.encode))
def test_every_byte_of_their_headers_stays_and_each_is_sent(theirs: bytes) -> None:
    body = merge(theirs, compose(WISH))[0]
    assert cut(body) == theirs
    assert merge(body, compose(WISH))[0] == body
    for path, last in (("/", False), ("/", True), ("/a", True)):
        before, after = (dict(served(file, path, last=last)) for file in (theirs, body))
        assert before.items() <= after.items()
        assert after["tdm-reservation"] == "1"


def test_damaged_markers_are_not_guessed_at() -> None:
    with pytest.raises(DamagedError):
        merge(b"# BEGIN voorbehoud\n/*\n", compose(WISH))


def test_rules_match_as_the_hosts_match() -> None:
    body = b"/a/*\n  x: 1\n/b/:naam\n  y: 2\n/c\n  z: 3\n"
    assert served(body, "/a/b/c") == (("x", "1"),)
    assert served(body, "/b/c") == (("y", "2"),)
    assert served(body, "/b/c/d") == ()
    assert served(body, "/c/") == ()


# ---- all of them ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("wish", [WISH, PRESS_SIMPLE], ids=["the same everywhere", "exceptions"])
@pytest.mark.parametrize("name", sorted(SERVERS))
def test_every_server_has_a_configuration_that_says_what_made_it(
    name: str, wish: Declaration, lang: str
) -> None:
    text = server_config(name, wish, lang=lang)
    if SERVERS[name].beside:
        assert json.loads(text)
        assert server_notes(name, wish, lang)
    else:
        made = "Made by voorbehoud from" if lang == "en" else "Gemaakt door voorbehoud uit"
        first = text.splitlines()[1 if text.startswith("<?xml") else 0]
        assert made in first
        assert WISH.site in first
    assert name.endswith("-pages") or name == "firebase" or "tdm-reservation" in text


def test_every_server_has_a_page_that_says_how_to_look_from_outside() -> None:
    texts = {page.name: page.read_text(encoding="utf-8") for page in HOWTO.glob("*.md")}
    index = texts.pop("README.md")
    pages = {name: text for name, text in texts.items() if "(README.md)" in text}
    unnamed = [name for name in SERVERS if not any(f"server {name} " in text for text in pages.values())]
    assert [name for name in unnamed if not name.endswith("-pages")] == []
    assert [name for name in pages if f"({name})" not in index] == []
    assert "voorbehoud check" in index
    assert "purge" in index


def test_an_unknown_server_is_told_with_the_known_ones() -> None:
    with pytest.raises(PublishError, match="nginx"):
        server_config("gopher", WISH)


@given(st.text(max_size=200))
def test_a_comment_stays_a_comment(text: str) -> None:
    assert all(line.startswith("#") for line in comment(text).splitlines())


def test_a_name_cannot_break_out_of_the_comment() -> None:
    wish = replace(WISH, declarer=Declarer("X\r\nUser-agent: *\nAllow: /\u2028y", "x@e.nl"))
    lines = render("frame/reservation.en.txt", wish=wish)
    assert all(line.startswith("#") for line in comment(lines).splitlines())
