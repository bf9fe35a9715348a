"""Folders as a host would answer for them, and the served.yaml that tells about the host."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.core.errors import DeclarationError, UserError
from voorbehoud.core.evidence import Capture, Failure, Kind
from voorbehoud.fetch.folder import MOST_OF_A_KIND, captures_of, served_beside
from voorbehoud.fetch.headers_file import fields_for
from voorbehoud.fetch.served import Can, MediaFolder, Served, ServedHeader, load_served
from voorbehoud.signals import tdm_meta

SITE = "https://atelier.example"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def put(folder: Path, **files: str | bytes) -> Path:
    """Write files; `__` in a name stands for `/`."""
    for name, body in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    return folder


def captures(folder: Path, served: Served | None = None) -> dict[str, Capture]:
    found = captures_of(folder, SITE, served, lambda: NOW)
    assert len({capture.asked for capture in found}) == len(found)
    return {capture.asked.removeprefix(SITE): capture for capture in found}


def test_a_folder_answers_like_a_plain_server(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "robots.txt": "User-agent: *\n",
        ".well-known__tdmrep.json": "[]",
        "index.html": '<a href="/werk/">w</a><img src="https://atelier.example/a%20b.jpg">',
        "werk__index.html": "hi",
        "a b.jpg": b"\xff\xd8",
        "style.css": "",
        ".git__index.html": "",
    }
    put(tmp_path, **files)
    found = captures(tmp_path)
    assert [(path, c.status, c.kind) for path, c in found.items()] == [
        ("/robots.txt", 200, Kind.ROBOTS),
        ("/.well-known/tdmrep.json", 200, Kind.TDM_FILE),
        ("/ai.txt", 404, Kind.AI_TXT),
        ("/", 200, Kind.PAGE),
        ("/werk/", 200, Kind.PAGE),
        ("/a%20b.jpg", 200, Kind.IMAGE),
    ]
    assert found["/a%20b.jpg"].found_on == f"{SITE}/"
    assert found["/werk/"].headers == (("Content-Type", "text/html"),)
    assert found["/.well-known/tdmrep.json"].media_type == "application/json"
    assert all(capture.at == NOW for capture in found.values())


def test_a_feed_of_the_folder_is_a_work_too(tmp_path: Path) -> None:
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    put(tmp_path, **{"index.html": feed + feed.replace("feed.", "none."), "feed.xml": "<rss/>"})
    found = [c for c in captures(tmp_path).values() if c.kind is Kind.FEED]
    assert [(c.asked, c.status, c.found_on) for c in found] == [
        ("https://atelier.example/feed.xml", 200, "https://atelier.example/"),
        ("https://atelier.example/none.xml", 404, "https://atelier.example/"),
    ]


def test_an_empty_folder_says_that_nothing_is_there(tmp_path: Path) -> None:
    assert [capture.status for capture in captures(tmp_path).values()] == [404] * 4


def test_trust_txt_and_llms_txt_of_a_folder(tmp_path: Path) -> None:
    put(
        tmp_path, **{".well-known__trust.txt": "datatrainingallowed=no", "llms.txt": "# hi", "index.html": ""}
    )
    told = [(path, str(c.kind)) for path, c in captures(tmp_path).items() if c.ok]
    assert told == [("/.well-known/trust.txt", "trust.txt"), ("/llms.txt", "llms.txt"), ("/", "page")]
    put(tmp_path, **{"trust.txt": "datatrainingallowed=yes"})
    assert "/.well-known/trust.txt" not in captures(tmp_path)  # the first place counts
    assert captures(tmp_path)["/trust.txt"].body == b"datatrainingallowed=yes"


def test_long_files_are_cut(tmp_path: Path) -> None:
    put(tmp_path, **{"robots.txt": b"#" * 512_009, "big.jpg": b"x" * 270_000, "ai.txt": b"#" * 512_001})
    found = captures(tmp_path)
    assert [(len(found[p].body), found[p].truncated) for p in ("/robots.txt", "/big.jpg", "/ai.txt")] == [
        (512_001, True),
        (262_144, True),
        (512_001, False),
    ]


def test_of_many_pages_some_are_judged_the_same_every_time(tmp_path: Path) -> None:
    put(tmp_path, **{f"p{number:04}.html": "" for number in range(MOST_OF_A_KIND + 50)})
    found = captures(tmp_path)
    assert len(found) == 4 + MOST_OF_A_KIND
    assert {"/p0000.html", f"/p{MOST_OF_A_KIND + 49:04}.html"} <= found.keys()
    assert list(captures(tmp_path)) == list(found)


# ---- what cannot be read -----------------------------------------------------------------------------------------------
def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = put(tmp_path / "outside", **{"robots.txt": "secret", "x.html": "secret"})
    public = put(tmp_path / "public", **{"index.html": "hi"})
    (public / "robots.txt").symlink_to(secret / "robots.txt")
    (public / "x.html").symlink_to(secret / "x.html")
    (public / "folder").symlink_to(secret, target_is_directory=True)
    (public / "ai.txt").symlink_to("ai.txt")
    found = captures(public)
    assert {path: c.failure for path, c in found.items() if c.failure} == dict.fromkeys(
        ["/robots.txt", "/ai.txt", "/x.html"], Failure.UNREADABLE
    )
    assert not any(b"secret" in capture.body for capture in found.values())


def test_a_folder_or_a_pipe_in_the_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "robots.txt").mkdir()
    os.mkfifo(tmp_path / "ai.txt")
    found = captures(tmp_path)
    assert found["/robots.txt"].failure is found["/ai.txt"].failure is Failure.UNREADABLE


def test_a_file_without_permission_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:  # chmod would not stop root, who runs tests in containers
        raise PermissionError(13, "Permission denied")

    put(tmp_path, **{"robots.txt": "x"})
    monkeypatch.setattr(Path, "open", refuse)
    found = captures(tmp_path)["/robots.txt"]
    assert (found.failure, found.status, found.detail) == (Failure.UNREADABLE, None, "Permission denied")


def test_a_folder_that_is_not_there_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        captures(tmp_path / "missing")
    with pytest.raises(UserError, match="not a directory"):
        captures(put(tmp_path, file="x") / "file")
    with pytest.raises(UserError, match=r"atelier\.example"):
        captures_of(tmp_path, "atelier", None, lambda: NOW)


# ---- headers -----------------------------------------------------------------------------------------------------------
def test_the_host_adds_its_headers_in_order_and_keeps_repeats(tmp_path: Path) -> None:
    put(tmp_path, **{"index.html": "", "beeld__a.jpg": ""})
    host = Served(
        headers=(
            ServedHeader("/", "X-A", "1"),
            ServedHeader("/beeld/", "X-A", "2"),
            ServedHeader("/", "X-B", "3"),
        )
    )
    found = captures(tmp_path, host)
    assert found["/beeld/a.jpg"].field("x-a") == ("1", "2")
    assert found["/"].headers[1:] == (("X-A", "1"), ("X-B", "3"))


def test_a_headers_file_counts_where_no_host_is_told(tmp_path: Path) -> None:
    put(tmp_path, **{"index.html": "", "_headers": "/*\n  tdm-reservation: 1\n"})
    assert captures(tmp_path)["/"].field("tdm-reservation") == ("1",)
    assert captures(tmp_path, Served())["/"].field("tdm-reservation") == ()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/", (("X", "all"),)),
        ("/blog/one", (("X", "all, blog, one"), ("Y", "1"))),
        ("/blog/one/two", (("X", "all, blog"),)),
        ("/exact.html", (("X", "all, exact"),)),
        ("/exactxhtml", (("X", "all"),)),
    ],
)
def test_rules_of_a_headers_file(path: str, fields: tuple[tuple[str, str], ...]) -> None:
    file = b"""  Lost: before any path
# a comment
/*
  X: all
  ! Removed
/blog/*
\tx: blog
/blog/:post
  X: one
  Y: 1
  no colon
/exact.html
  X: exact
"""
    assert fields_for(file, path) == fields


def test_what_a_later_rule_for_the_same_pattern_takes_away_is_not_there() -> None:
    """Cloudflare Pages keeps the last rule for a pattern; who counts on the first is not protected there."""
    file = b"/*\n  tdm-reservation: 1\n  X: 1\n/a/*\n  Z: 3\n/*\nX: 2\n"
    assert fields_for(file, "/") == (("X", "1, 2"),)
    assert fields_for(file, "/a/b") == (("X", "1, 2"), ("Z", "3"))


@given(st.binary(), st.text())
def test_any_headers_file_can_be_read(body: bytes, path: str) -> None:
    fields_for(body, path)


@pytest.mark.parametrize(
    ("path", "values"), [("/", ("1",)), ("/open/x", ()), ("/open/dicht/x", ("1",)), ("/zonder", ("1",))]
)
def test_a_headers_file_takes_a_header_back(path: str, values: tuple[str, ...]) -> None:
    file = b"/*\n  TDM-Reservation: 1\n/open/*\n  ! tdm-reservation\n/open/dicht/*\n  tdm-reservation: 1\n/zonder\n  ! X-Other\n"
    assert tuple(value for _, value in fields_for(file, path)) == values


@pytest.mark.parametrize(
    ("name", "text", "unread"),
    [
        (".htaccess", 'Header set tdm-reservation "1"\n', False),
        (".htaccess", "Header always set tdm-reservation 0\n", True),
        (".htaccess", "Header unset tdm-reservation\n", True),
        (".htaccess", 'Header set tdm-reservation "10"\n', True),
        ("netlify.toml", '[headers.values]\n  tdm-reservation = "1"\n', False),
        ("netlify.toml", '[headers.values]\n  "TDM-Reservation" = "0"\n', True),
        ("netlify.toml", '[headers.values]\n  Content-Usage = "train-ai=y"\n', True),
        ("vercel.json", '{"key": "tdm-reservation", "value": "1"}', False),
        ("vercel.json", '{"key": "tdm-reservation", "value": "0"}', True),
        ("web.config", '<add name="tdm-reservation" value="1" />', False),
        ("../netlify.toml", "tdm-reservation = 0", True),
        ("netlify.toml", '[build]\n  publish = "public"\n', False),
    ],
)
def test_settings_of_a_host_that_speak_of_a_signal(
    tmp_path: Path, name: str, text: str, unread: bool
) -> None:
    public = put(tmp_path / "public", **{"index.html": "hi"})
    (public / name).write_text(text)
    found = [c for c in captures(public).values() if c.failure is Failure.UNREADABLE]
    assert [c.asked for c in found] == [f"{SITE}/{Path(name).name}"] * unread
    assert not any(c.failure for c in captures(public, Served()).values())


# ---- pages by another name -------------------------------------------------------------------------------------------------
def test_php_and_names_without_an_ending_are_pages_too(tmp_path: Path) -> None:
    meta = '<meta name="tdm-reservation" content="0">'
    put(
        tmp_path,
        **{
            "index.php": f"<?php if (1 > 0) {{ ?>\n<html><head>{meta}</head><?php }}",
            "functions.php": "<?php function x() {}",
            "echo.php": f"<html><?php echo '{meta}' ?>",
            "over": f"<!doctype html>{meta}",
            "CNAME": "atelier.example",
        },
    )
    found = captures(tmp_path)
    assert [path for path, c in found.items() if c.kind is Kind.PAGE] == ["/", "/echo.php", "/over"]
    assert found["/echo.php"].failure is Failure.UNREADABLE
    assert found["/over"].media_type == "text/html"
    said = tdm_meta.parse(found["/"])
    assert [finding.code for finding in said.findings] == ["TDM302"]
    assert said.model is not None
    assert said.model.reserved is False


def test_the_rest_of_a_page_is_named(tmp_path: Path) -> None:
    put(tmp_path, **{"index.html": b"x" * (1024 * 1024 + 1)})
    assert captures(tmp_path)["/#unseen"].failure is Failure.GAVE_UP


# ---- served.yaml -------------------------------------------------------------------------------------------------------
WHOLE = """
headers:
  - {path: /, name: Server, value: nginx}
can: {robots: true, headers: false, well-known: true, html: true}
rewrite: {robots-prepend: cdn-robots.txt}
media:
  - {origin: https://audio.example, folder: media}
"""


def test_served_yaml_is_read(tmp_path: Path) -> None:
    assert load_served(WHOLE, str(tmp_path / "served.yaml")) == Served(
        base=tmp_path,
        headers=(ServedHeader("/", "Server", "nginx"),),
        can=Can(headers=False),
        robots_prepend="cdn-robots.txt",
        media=(MediaFolder("https://audio.example", "media"),),
    )


@pytest.mark.parametrize("text", ["", "# nothing", "{}", "headers:\nmedia: []\n"])
def test_all_of_served_yaml_may_be_left_out(text: str) -> None:
    assert load_served(text, "served.yaml") == Served()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("headres: []", "served.yaml:1:1: "),
        ("can: {robots: yes}", "served.yaml:1:15: write true or false"),
        ("headers:\n  - {path: /, name: X}", "served.yaml:2:5: `value:` is missing"),
        ("headers: nginx", "served.yaml:1:10: a list is expected"),
        ("headers:\n  - {path: /, name: X, value: [1]}", "served.yaml:2:31: one text is expected"),
        ("media:\n  - {origin: audio, folder: media}", "served.yaml:2:14: "),
        ("media:\n  - {origin: https://a.example, folder: /etc}", "served.yaml:2:41: "),
        ("- a list", "served.yaml:1:1: names and values"),
        ("a: b: c", "served.yaml:1:5: "),
    ],
)
def test_faults_of_served_yaml_have_a_place(text: str, fault: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        load_served(text, "served.yaml")
    assert str(raised.value).startswith(fault)


@given(st.text() | st.binary())
def test_any_served_yaml_is_read_or_refused(text: str | bytes) -> None:
    try:
        load_served(text, "served.yaml")
    except DeclarationError as error:
        assert error.faults  # noqa: PT017


def test_served_yaml_is_found_beside_or_above(tmp_path: Path) -> None:
    public = put(tmp_path / "public", **{"index.html": ""})
    assert served_beside(public) is None
    put(tmp_path, **{"served.yaml": WHOLE})
    above = served_beside(public)
    assert above is not None
    assert above.base == tmp_path
    put(public, **{"served.yaml": "can: {html: false}"})
    beside = served_beside(public)
    assert beside is not None
    assert not beside.can.html


# ---- what the host makes of the files ----------------------------------------------------------------------------------
def test_a_cdn_puts_its_text_before_robots_txt(tmp_path: Path) -> None:
    public = put(tmp_path, **{"cdn.txt": "# cdn\n", "public__robots.txt": "User-agent: *\n"}) / "public"
    host = Served(base=tmp_path, robots_prepend="cdn.txt")
    assert captures(public, host)["/robots.txt"].body == b"# cdn\nUser-agent: *\n"
    (public / "robots.txt").unlink()
    alone = captures(public, host)["/robots.txt"]
    assert (alone.status, alone.body) == (200, b"# cdn\n")
    with pytest.raises(UserError, match="robots-prepend"):
        captures(public, Served(base=tmp_path, robots_prepend="missing.txt"))


def test_files_that_the_host_does_not_serve_do_not_count(tmp_path: Path) -> None:
    put(tmp_path, **{"robots.txt": "ours", ".well-known__tdmrep.json": "[]"})
    found = captures(tmp_path, Served(can=Can(robots=False, well_known=False)))
    assert found["/robots.txt"].failure is Failure.UNREADABLE
    assert found["/.well-known/tdmrep.json"].absent


def test_media_of_another_origin(tmp_path: Path) -> None:
    put(
        tmp_path,
        **{"public__index.html": '<audio src="https://audio.example/a.mp3"></audio>', "media__a.mp3": "ID3"},
    )
    host = Served(
        base=tmp_path,
        headers=(ServedHeader("/", "X", "1"),),
        media=(MediaFolder("https://audio.example", "media"),),
    )
    found = captures(tmp_path / "public", host)
    song = found["https://audio.example/a.mp3"]
    assert (song.kind, song.found_on, song.field("x")) == (Kind.AUDIO, f"{SITE}/", ())
    assert found["https://audio.example/robots.txt"].absent
    with pytest.raises(UserError, match="elsewhere"):
        captures(
            tmp_path / "public", Served(base=tmp_path, media=(MediaFolder("https://b.example", "elsewhere"),))
        )


def test_works_that_stand_elsewhere_are_not_vouched_for(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<img src="https://cdn.x.example/a.jpg"><img src="https://beeld.example/b.jpg">'
    )
    media = tmp_path / "beeld"
    media.mkdir()
    (media / "b.jpg").write_bytes(b"\xff\xd8")
    captures = captures_of(tmp_path, "https://e.nl", None, lambda: NOW, {"https://beeld.example": media})
    works = {c.asked: c.failure for c in captures if c.kind is Kind.IMAGE}
    assert works["https://cdn.x.example/a.jpg"] is Failure.ELSEWHERE
    assert works["https://beeld.example/b.jpg"] is None


def test_documents_of_strangers_and_origins_without_a_folder(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<a href="https://law.example/a.pdf">a</a><a href="https://docs.example/b.pdf">b</a>'
    )
    media = ("https://docs.example", "https://beeld.example")
    found = captures_of(tmp_path, SITE, None, lambda: NOW, elsewhere=media)
    assert [c.asked for c in found if c.failure is Failure.ELSEWHERE] == [
        "https://docs.example/b.pdf",
        "https://beeld.example/",
    ]


@pytest.mark.parametrize("name", ["p.html", "_headers", "served.yaml", "netlify.toml", "naamloos"])
def test_a_pipe_makes_nobody_wait(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    if name == "served.yaml":
        with pytest.raises(UserError, match="not a file"):
            served_beside(tmp_path)
        return
    captures(tmp_path)
    with pytest.raises(UserError, match="robots-prepend"):
        captures(tmp_path, Served(base=tmp_path, robots_prepend=name))
