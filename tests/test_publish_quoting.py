"""No value, path or name leaves its place in a configuration: the servers' own tests are the judge, and what they send the proof."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import servers
from servers import ask
from test_publish_servers_real import NAMES
from voorbehoud.core.artifact import Header
from voorbehoud.core.errors import PublishError
from voorbehoud.publish import SERVERS, Composition
from voorbehoud.publish import quoting as q
from voorbehoud.publish.compose import Level
from voorbehoud.publish.targets.sending import Part, file_name, sending

MARKS = "\"'`\\$%{}<>#;|()[]^~&!*?@,=:/-+ "
OUTSIDE = "\n\r\t\x00\x1b\x7f\u202e\u200f\u2028é\U0001f600"
QUOTES = {"nginx": q.nginx, "apache": q.apache, "htaccess": q.apache, "caddy": q.caddy, "haproxy": q.haproxy,
          "lighttpd": q.lighttpd, "varnish": q.vcl, "traefik": q.traefik}  # fmt: skip
CANNOT = {"nginx": "$", "caddy": "`{}"}
"""What a syntax has no way to say in a value, among printable ASCII."""

values = st.text(st.sampled_from(MARKS + "aZ09nx" + OUTSIDE), min_size=1, max_size=30).filter(
    lambda text: text == text.strip(" ")
)
NASTY = [
    '"', '""', "\\", '\\"', '"; add_header evil 1; #', "$host", "${HOME}", "%{Host}i", "%[path]", "%%", "{host}", "{$HOME}",
    '"} synthetic {"', "'", "a\\", "a\\\\", "`", "\n", "a\r\nEvil: 1", "\x00", "\u202e", "{{ evil }}", "--> <evil/>", "]]>",
    "$(id)", "\\n", "%0a", "# x", "// x", "*/", "<?php", "END_extraHeaders", '"}"}"', "é", "\\x22", "%22",
]  # fmt: skip
paths = (
    st.text(st.sampled_from(MARKS + "aZ0é\u202e\n"), min_size=1, max_size=12)
    .map(lambda text: f"/p{text}")
    .filter(lambda path: "//" not in path)  # no declaration has such a path
)


def made(names: list[str], said: list[str], path: str, origin: str) -> Composition:
    """A composition with one header a value, and one whose value differs below `path`."""
    headers = tuple(Header(name, value) for name, value in zip(names, said, strict=True))
    return Composition(
        origin, (), "", (), (),
        levels=(Level(path, (*headers, Header("x-place", "below")), ()), Level("/", (*headers, Header("x-place", "else")), ())),
        guarded=Level("/", (*headers, Header("x-place", "odd")), ()),
    )  # fmt: skip


def sendable(target: str, value: str) -> bool:
    """Tell whether the quoting of a server takes a value; it may refuse, but only with our words for a user."""
    try:
        QUOTES[target](value)
    except PublishError:
        return False
    return True


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    with servers.site_of({}) as folder:
        yield folder


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=1, phases=[Phase.explicit, Phase.generate])  # each starts a server: nothing is shrunk
@example(said=NASTY, path='/p"; } evil { \\d+ $x `', origin='https://x"; } evil {\n}\u202e --> \\')
@given(said=st.lists(values, min_size=20, max_size=40), path=paths, origin=values)
def test_every_value_is_sent_as_it_is_or_refused_by_us(
    name: str, site: Path, said: list[str], path: str, origin: str
) -> None:
    kind = servers.KINDS[name]
    said = [value for value in said if sendable(kind.target, value)]
    if name == "lighttpd" and not path.isprintable():
        with pytest.raises(PublishError, match="lighttpd cannot name"):
            q.lighttpd_prefix(path)
        path = "".join(filter(str.isprintable, path))
    names = [f"x-v{number}" for number in range(len(said))]
    parts = SERVERS[kind.target].write(sending(made(names, said, path, origin), "nl"))
    with servers.application() as app, servers.running(kind, site, app, parts) as at:
        assert servers.tested(kind, at) == ""
        plain, below = ask(at.port, "/"), ask(at.port, quote(path, safe="/") + "/x")
    assert [plain.all(name) for name in names] == [[value] for value in said]
    assert plain.all("x-place") == ["else"]
    assert below.all("x-place")[0] in {"below", "odd"}
    assert plain.all("evil") == []


@pytest.mark.parametrize("target", sorted(QUOTES))
@given(value=values)
def test_only_what_cannot_be_said_is_refused(target: str, value: str) -> None:
    fine = value.isascii() and value.isprintable() and not set(value) & set(CANNOT.get(target, ""))
    fine = fine and not ("apache" in QUOTES[target].__name__ and "${" in value)
    fine = fine and not (target == "lighttpd" and value.endswith("\\"))
    assert sendable(target, value) is fine


# ---- formats without a server here ---------------------------------------------------------------------------------------
def written(target: str, said: list[str], path: str, origin: str) -> tuple[Part, ...]:
    names = [f"x-v{number}" for number in range(len(said))]
    return SERVERS[target].write(sending(made(names, said, path, origin), "en"))


printable = values.filter(lambda text: text.isascii() and text.isprintable())


@example(value='"} {"\\', path="/p\"'\\/", origin="a --> <evil/>")
@given(value=printable.filter(lambda text: "{{" not in text), path=paths, origin=values)
def test_traefik_reads_back_what_is_sent(value: str, path: str, origin: str) -> None:
    if "{{" in path or "{{" in origin:
        return
    read = yaml.safe_load(written("traefik", [value], path, origin)[0].text)["http"]["middlewares"]
    assert {name: set(one) for name, one in read.items()} == {
        name: {"headers"} for name in ("voorbehoud", "voorbehoud-1", "voorbehoud-2")
    }
    assert read["voorbehoud"]["headers"]["customResponseHeaders"] == {"x-v0": value, "x-place": "else"}


@example(value="--> <evil/> & \"'", path="/p-- &'-", origin="--> <evil/> -")
@given(
    value=printable, path=st.text("aZ0é&'(),;=+- ", max_size=12).map(lambda text: f"/p{text}-"), origin=values
)
def test_iis_reads_back_what_is_sent(value: str, path: str, origin: str) -> None:
    tree = ElementTree.fromstring(written("iis", [value], path + "/", origin)[0].text)  # noqa: S314  our own text
    assert [child.tag for child in tree] == ["system.webServer", "location"]
    added = tree.findall("./system.webServer/httpProtocol/customHeaders/add")
    assert [(one.get("name"), one.get("value")) for one in added] == [("x-v0", value), ("x-place", "else")]
    assert tree.find("location").get("path") == (path + "/").strip("/")  # type: ignore[union-attr]


@given(value=printable.filter(lambda text: not set(text) & set("$`")), origin=values)
def test_openlitespeed_keeps_to_its_lines(value: str, origin: str) -> None:
    text = written("openlitespeed", [value], "/pers/", origin)[0].text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines.count(f"set x-v0: {value}") == 2
    assert len(lines) == 2 * 8


@given(value=printable, origin=values)
def test_json_and_headers_hold_the_value(value: str, origin: str) -> None:
    rules = json.loads(written("vercel", [value], "/pers/", origin)[0].text)["headers"]
    assert rules[0]["headers"] == [{"key": "x-v0", "value": value}]
    lines = [
        line for line in written("netlify", [value], "/pers/", origin)[0].text.splitlines() if line[:1] != "#"
    ]
    assert lines == ["/*", f"  x-v0: {value}"]


@pytest.mark.parametrize(
    "target", ["traefik", "iis", "openlitespeed", "vercel", "netlify", "firebase", "cloudfront"]
)
@pytest.mark.parametrize("value", ["a\nb", "a\r\n  Evil: 1", "\x00", "\u202e", "é"])
def test_what_no_header_can_hold_is_refused(target: str, value: str) -> None:
    with pytest.raises(PublishError, match="cannot send"):
        written(target, [value], "/pers/", "https://atelier.example")


@given(st.text(max_size=200))
def test_a_comment_stays_a_comment(text: str) -> None:
    assert all(line.startswith("#") and not line.endswith("\\") for line in q.comment(text).split("\n"))
    assert all(line.startswith("//") for line in q.slashes(text).split("\n"))
    assert ElementTree.fromstring(f"<a>{q.xml_comment(text)}</a>").text is None  # noqa: S314  our own text


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://atelier.example", "atelier.example"),
        ("http://atelier.example:8080", "atelier.example_8080"),
        ("https://[2001:db8::1]", "_2001_db8_1_"),
        ("https://..", "_.."),
        ("https://", "_"),
        ("0", "0"),
    ],
)
def test_no_site_is_a_name_that_leads_out_of_the_folder(origin: str, name: str) -> None:
    assert file_name(origin) == name
