"""Publishing into a folder: what is planned is what is written, and undo gives every byte back."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from voorbehoud import publish
from voorbehoud.core.errors import PublishError, UserError
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Carrier, Declaration, Declarer, MediaOrigin, PathException
from voorbehoud.publish.plan import real
from voorbehoud.publish.robots_merge import BEGIN

WISH = Declaration(
    Declarer("Sanne de Vries", "sanne@atelier.example"), "https://atelier.example", date(2026, 11, 1)
)
INDEX = b'<!doctype html>\r\n<html lang="nl">\r\n<head>\r\n\t<meta charset="utf-8">\r\n\t<title>Sanne</title>\r\n</head>\r\n<body>Hallo</body>\r\n</html>'
WORK = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><title>Caf\u00e9</title></head><body></body></html>\n'
ROBOTS = b"User-agent: *\r\nDisallow: /prive/"


class Site:
    """A small site in a folder of its own, with the state folder beside it."""

    def __init__(self, home: Path) -> None:
        self.public, self.state = home / "public", home / publish.STATE

    @classmethod
    def made(cls, home: Path) -> "Site":
        self = cls(home)
        self.public.mkdir()
        self.put("index.html", INDEX)
        self.put("werk/een.htm", WORK.encode("latin-1"))
        self.put("robots.txt", ROBOTS)
        self.put("werk/een.jpg", bytes(range(256)))
        (self.public / "werk/een.htm").chmod(0o640)
        return self

    def put(self, name: str, body: bytes) -> Path:
        path = self.public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def read(self, name: str) -> bytes:
        return (self.public / name).read_bytes()

    def plan(self, wish: Declaration = WISH, headers_file: bool | None = None) -> publish.Plan:
        return publish.plan(
            wish, self.public, self.state, headers_file=headers_file, today=date(2026, 11, 24)
        )

    def publish(self, wish: Declaration = WISH) -> publish.Plan:
        plan = self.plan(wish)
        publish.apply(plan, self.state)
        return plan

    def tree(self) -> dict[str, tuple[str, int]]:
        """Give everything beside the declaration: name, hash and mode; folders too."""
        found = {}
        for path in sorted(self.public.parent.rglob("*")):
            body = path.read_bytes() if path.is_file() else b""
            found[path.relative_to(self.public.parent).as_posix()] = (
                sha256(body).hexdigest(),
                path.stat().st_mode,
            )
        return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site.made(tmp_path)


def told(notes: tuple[publish.Note, ...], name: str) -> str:
    return " ".join(str(note) for note in notes if note.path.name == name)


# ---- there and back ------------------------------------------------------------------------------------------------------
def test_everything_is_published_and_undone_to_the_byte(site: Site) -> None:
    before = site.tree()
    site.publish()
    assert json.loads(site.read(".well-known/tdmrep.json"))[0]["tdm-reservation"] == 1
    assert b"tdm-reservation" in site.read("werk/een.htm")
    assert BEGIN.encode() in site.read("robots.txt")
    assert b"Sanne de Vries" in site.read("ai-voorbehoud/index.html")
    assert (site.public / "werk/een.htm").stat().st_mode & 0o777 == 0o640
    undone = publish.undo(site.state)
    assert site.tree() == before
    assert undone.notes == ()
    assert len(undone.restored) == 3
    assert len(undone.removed) == 2


def test_planning_writes_nothing(site: Site) -> None:
    before = site.tree()
    plan = site.plan()
    publish.diff(plan)
    assert plan.changes
    assert site.tree() == before


def test_publishing_again_changes_nothing(site: Site) -> None:
    site.publish()
    before = site.tree()
    plan = site.publish()
    assert plan.changes == ()
    assert publish.diff(plan) == ""
    assert site.tree() == before


def test_new_wishes_replace_the_old_and_undo_still_finds_the_way_back(site: Site) -> None:
    before = site.tree()
    site.publish()
    site.publish(replace(WISH, since=date(2026, 11, 20), carriers=(Carrier.TDM_FILE, Carrier.TDM_META)))
    assert BEGIN.encode() not in site.read("robots.txt")
    assert not (site.public / "ai-voorbehoud").exists()
    site.publish()
    publish.undo(site.state)
    assert site.tree() == before


def test_what_was_deleted_is_mended(site: Site) -> None:
    site.publish()
    page = site.read("ai-voorbehoud/index.html")
    (site.public / "ai-voorbehoud/index.html").unlink()
    plan = site.publish()
    assert [change.name for change in plan.changes] == ["ai-voorbehoud/index.html"]
    assert site.read("ai-voorbehoud/index.html") == page


def test_undo_without_anything_published_does_nothing(site: Site) -> None:
    before = site.tree()
    assert publish.undo(site.state) == publish.Undone((), (), ())
    assert site.tree() == before


def test_the_diff_shows_both_sides_and_no_control_character(site: Site) -> None:
    site.put("index.html", INDEX.replace(b"<title>", b"\x1b[31m<title>"))
    text = publish.diff(site.plan())
    assert "--- a/index.html\n+++ b/index.html\n" in text
    assert '+\t<meta name="tdm-reservation" content="1">\n' in text
    assert "--- /dev/null\n+++ b/.well-known/tdmrep.json\n" in text
    assert "\x1b" not in text
    assert "\r" not in text


# ---- the maker goes on working -------------------------------------------------------------------------------------------
def test_a_page_that_was_edited_keeps_the_edit_and_loses_our_lines(site: Site) -> None:
    site.publish()
    site.put("index.html", site.read("index.html").replace(b"Hallo", b"Dag"))
    undone = publish.undo(site.state)
    assert site.read("index.html") == INDEX.replace(b"Hallo", b"Dag")
    assert "your changes are kept" in told(undone.notes, "index.html")


def test_an_edit_between_two_publications_survives_undo(site: Site) -> None:
    site.publish()
    site.put("index.html", site.read("index.html").replace(b"Hallo", b"Dag"))
    site.publish(replace(WISH, since=date(2026, 11, 2), carriers=(Carrier.TDM_META, Carrier.POLICY_PAGE)))
    undone = publish.undo(site.state)
    assert site.read("index.html") == INDEX.replace(b"Hallo", b"Dag")
    assert not (site.public / "ai-voorbehoud").exists()
    assert undone.removed


def test_lines_added_to_a_robots_txt_of_ours_stay(site: Site) -> None:
    (site.public / "robots.txt").unlink()
    site.publish()
    site.put("robots.txt", site.read("robots.txt") + b"\nUser-agent: Foo\nDisallow: /foo/\n")
    assert site.plan().changes == ()
    publish.undo(site.state)
    assert site.read("robots.txt") == b"User-agent: Foo\nDisallow: /foo/\n"


def test_a_file_of_ours_that_was_edited_is_neither_overwritten_nor_deleted(site: Site) -> None:
    site.publish()
    edited = site.put("ai-voorbehoud/index.html", site.read("ai-voorbehoud/index.html") + b"<!-- van mij -->")
    plan = site.publish(replace(WISH, since=date(2026, 11, 2)))
    assert "changed by hand" in told(plan.conflicts, "index.html")
    undone = publish.undo(site.state)
    assert edited.read_bytes().endswith(b"<!-- van mij -->")
    assert "delete it" in told(undone.notes, "index.html")


def test_a_page_that_was_deleted_stays_deleted(site: Site) -> None:
    site.publish()
    (site.public / "index.html").unlink()
    undone = publish.undo(site.state)
    assert not (site.public / "index.html").exists()
    assert "removed" in told(undone.notes, "index.html")


def test_a_file_that_changes_after_the_plan_stops_everything(site: Site) -> None:
    plan = site.plan()
    site.put("index.html", INDEX + b"<!-- nieuw -->")
    before = site.tree()
    with pytest.raises(PublishError, match="changed since"):
        publish.apply(plan, site.state)
    assert site.tree() == before


# ---- what is not ours ----------------------------------------------------------------------------------------------------
def test_a_reservation_file_of_the_makers_own_that_says_otherwise_is_a_conflict(site: Site) -> None:
    theirs = b'[{"location": "/", "tdm-reservation": 0}]'
    site.put(".well-known/tdmrep.json", theirs)
    plan = site.publish()
    assert "not ours" in told(plan.conflicts, "tdmrep.json")
    assert site.read(".well-known/tdmrep.json") == theirs


def test_one_that_says_the_same_stays_as_it_is(site: Site) -> None:
    theirs = (
        b'[ {"location":"/", "tdm-reservation":1, "tdm-policy":"https://atelier.example/ai-voorbehoud/"} ]'
    )
    site.put(".well-known/tdmrep.json", theirs)
    plan = site.publish()
    assert "says the same" in told(plan.notes, "tdmrep.json")
    assert site.read(".well-known/tdmrep.json") == theirs


def test_a_page_of_the_makers_own_at_our_address_is_a_conflict(site: Site) -> None:
    site.put("ai-voorbehoud/index.html", INDEX)
    plan = site.publish()
    assert "not ours" in told(plan.conflicts, "index.html")
    assert b"Hallo" in site.read("ai-voorbehoud/index.html")


def test_files_of_ours_are_known_again_when_the_manifest_is_lost(site: Site) -> None:
    site.publish()
    for path in sorted(site.state.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    later = replace(
        WISH,
        since=date(2026, 11, 2),
        exceptions=(PathException("/pers/", allow=frozenset({Use.TDM, Use.TRAIN_AI})),),
    )
    plan = site.publish(later)
    assert plan.conflicts == ()
    assert len(json.loads(site.read(".well-known/tdmrep.json"))) == 2
    assert site.read("robots.txt").count(BEGIN.encode()) == 1


def test_a_page_that_says_the_opposite_is_a_conflict_with_its_line(site: Site) -> None:
    theirs = b'<html>\n<head>\n<meta name="tdm-reservation" content="0">\n</head></html>'
    path = site.put("pers.html", theirs)
    plan = site.publish()
    assert f"{path}:3: " in told(plan.conflicts, "pers.html")
    assert path.read_bytes() == theirs


def test_a_group_of_the_makers_own_that_lets_a_robot_in_is_told_and_the_rest_is_published(site: Site) -> None:
    site.put("robots.txt", b"User-agent: GPTBot\nAllow: /\n")
    plan = site.publish()
    assert "GPTBot" in told(plan.conflicts, "robots.txt")
    assert b"User-agent: CCBot" in site.read("robots.txt")


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("utf16.html", "<html><head></head></html>".encode("utf-16"), "UTF-16"),
        ("deel.html", b"<p>hallo</p>", "fragment"),
        ("groot.html", b"<html><head></head>" + b" " * (20 * 1024 * 1024), "20 MB"),
        ("deel.php", b"<?php if ($a) { ?><html><head></head><?php } ?>", "condition"),
    ],
)
def test_what_cannot_be_edited_with_certainty_is_left_and_told(
    site: Site, name: str, body: bytes, why: str
) -> None:
    path = site.put(name, body)
    assert why in told(site.publish().notes, name)
    assert path.read_bytes() == body


@pytest.mark.parametrize(
    "name", [".git/x.html", "node_modules/x/index.html", ".voorbehoud/x.html", "x.txt", "x.html.bak"]
)
def test_some_files_are_not_even_looked_at(site: Site, name: str) -> None:
    site.put(name, INDEX)
    assert not [change for change in site.plan().changes if change.name == name]


def test_php_that_is_no_page_is_not_worth_a_remark(site: Site) -> None:
    site.put("functies.php", b"<?php function a() { return 1; }")
    assert told(site.plan().notes, "functies.php") == ""


def test_a_folder_that_cannot_be_opened_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.scandir

    def closed(path: str) -> object:
        if Path(path).name == "werk":
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert "cannot be opened" in told(site.plan().notes, "werk")


def test_a_file_that_cannot_be_read_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Path.read_bytes

    def closed(self: Path) -> bytes:
        if self.name in {"robots.txt", "index.html"}:
            raise PermissionError(13, "Permission denied", str(self))
        return really(self)

    monkeypatch.setattr(Path, "read_bytes", closed)
    plan = site.plan()
    assert "cannot be read" in told(plan.conflicts, "robots.txt")
    assert "cannot be read" in told(plan.notes, "index.html")


def test_jekyll_is_known_to_leave_out_our_folder(site: Site) -> None:
    site.put("_config.yml", b"title: Sanne\n")
    assert ".nojekyll" in told(site.plan().notes, "_config.yml")
    site.put(".nojekyll", b"")
    assert told(site.plan().notes, "_config.yml") == ""


def test_links_that_lead_out_of_the_folder_are_not_followed(site: Site, tmp_path: Path) -> None:
    outside = tmp_path / "elders"
    outside.mkdir()
    for name in ("robots.txt", "pagina.html"):
        (outside / name).write_bytes(INDEX)
    (site.public / "robots.txt").unlink()
    (site.public / "robots.txt").symlink_to(outside / "robots.txt")
    (site.public / "pagina.html").symlink_to(outside / "pagina.html")
    (site.public / ".well-known").symlink_to(outside)
    (site.public / "map").symlink_to(outside)
    plan = site.publish()
    assert {note.path.name for note in plan.conflicts} == {"robots.txt", "tdmrep.json"}
    assert "leads out" in told(plan.notes, "pagina.html")
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {
        "robots.txt": INDEX,
        "pagina.html": INDEX,
    }


def test_a_link_inside_the_folder_stays_a_link(site: Site) -> None:
    (site.public / "home.html").symlink_to("index.html")
    site.publish()
    assert (site.public / "home.html").is_symlink()
    assert site.read("home.html").count(b"voorbehoud: begin") == 1


def test_a_missing_folder_is_told_with_the_way_out(site: Site) -> None:
    with pytest.raises(PublishError, match="no such folder"):
        publish.plan(WISH, site.public / "weg", site.state)
    with pytest.raises(
        PublishError, match="all of the disk"
    ):  # a list with an empty place in it, run as root
        real(Path(site.public.anchor), "")


# ---- what goes where -----------------------------------------------------------------------------------------------------
def test_a_page_below_an_exception_says_what_holds_there(site: Site) -> None:
    site.put("pers/index.html", INDEX)
    site.put("persoonlijk/index.html", INDEX)
    open_press = PathException("/pers/", allow=frozenset({Use.TDM, Use.TRAIN_AI}))
    site.publish(replace(WISH, exceptions=(open_press,)))
    assert b'name="tdm-reservation" content="0"' in site.read("pers/index.html")
    assert b"noai" not in site.read("pers/index.html")
    assert b'name="tdm-reservation" content="1"' in site.read("persoonlijk/index.html")


def test_a_media_origin_gets_its_own_files_and_no_page(site: Site) -> None:
    media = site.public.parent / "media"
    media.mkdir()
    before = site.tree()
    wish = replace(
        WISH, media=(MediaOrigin("https://media.example", "media"), MediaOrigin("https://cdn.example"))
    )
    plan = site.publish(wish)
    assert sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()) == [
        ".well-known/tdmrep.json",
        "robots.txt",
    ]
    assert "+++ b/media/robots.txt" in publish.diff(plan)
    assert "cdn.example" in " ".join(map(str, plan.notes))
    publish.undo(site.state)
    assert site.tree() == before


@pytest.mark.parametrize("folder", ["public/werk", "public", "."])
def test_folders_may_lie_in_one_another_and_a_second_run_takes_nothing_away(site: Site, folder: str) -> None:
    wish = replace(WISH, media=(MediaOrigin("https://beeld.example", folder),))
    before = site.tree()
    site.publish(wish)
    once = site.tree()
    assert site.plan(wish).changes == ()
    site.publish(wish)
    assert site.tree() == once
    assert b"tdm-reservation" in site.read("werk/een.htm")
    assert (site.public.parent / folder / ".well-known/tdmrep.json").exists()
    site.publish()  # without the media origin
    publish.undo(site.state)
    assert site.tree() == before


def test_a_start_in_the_future_is_told(site: Site) -> None:
    assert "still to come" in " ".join(map(str, site.plan(replace(WISH, since=date(2027, 1, 1))).notes))
    assert "still to come" not in " ".join(map(str, site.plan().notes))


@pytest.mark.parametrize(
    ("marker", "asked", "written"),
    [(None, None, False), ("netlify.toml", None, True), (None, True, True), ("netlify.toml", False, False)],
)
def test_headers_are_written_where_the_host_reads_them(
    site: Site, marker: str | None, asked: bool | None, written: bool
) -> None:
    if marker:
        (site.public.parent / marker).write_text("")
    names = [change.name for change in site.plan(headers_file=asked).changes]
    assert ("_headers" in names) is written


def test_a_use_that_only_headers_can_say_is_told(site: Site) -> None:
    plan = site.plan(replace(WISH, carriers=(Carrier.TDM_HEADER, Carrier.ROBOTS_TXT)))
    assert "only headers can" in " ".join(map(str, plan.notes))
    assert "only headers can" not in " ".join(map(str, site.plan().notes))


# ---- accidents -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("nth", [1, 4, 5, 7, 9])
def test_a_write_that_fails_puts_everything_back(
    site: Site, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    plan, before = site.plan(), site.tree()
    really, count = Path.replace, iter(range(1, 1000))

    def fail(self: Path, target: Path) -> Path:
        if next(count) == nth:
            raise OSError(28, "No space left on device", str(target))
        return really(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(PublishError, match="No space left"):
        publish.apply(plan, site.state)
    assert site.tree() == before


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
sys.path[:0] = {path!r}
from voorbehoud import publish
from test_publish_folder import WISH
really, count = Path.replace, iter(range(1, 1000))
def replace(self, target):
    if next(count) == {nth}:
        os.kill(os.getpid(), signal.SIGKILL)
    return really(self, target)
home = Path({home!r})
plan = publish.plan(WISH, home / "public", home / publish.STATE)
Path.replace = replace
publish.apply(plan, home / publish.STATE)
"""


@pytest.mark.parametrize("nth", [1, 4, 5, 6, 8])
def test_killed_at_any_moment_every_file_is_old_or_new(site: Site, tmp_path: Path, nth: int) -> None:
    before, plan = site.tree(), site.plan()
    home = tmp_path / "elders"
    script = KILLED.format(
        path=[str(Path(__file__).parent), *filter(None, sys.path)], nth=nth, home=str(tmp_path)
    )
    died = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    for change in plan.changes:
        assert (change.path.read_bytes() if change.path.exists() else None) in {change.before, change.after}
    # One copy is undone at once; in the other the next run finishes the work.
    shutil.copytree(tmp_path / "public", home / "public")
    if site.state.exists():
        shutil.copytree(site.state, home / publish.STATE)
    moved = Site(home)
    moved.publish()
    assert moved.plan().changes == ()
    assert not list(moved.public.rglob(".*-new"))
    for other in (site, moved):
        publish.undo(other.state)
        left = {name: seen for name, seen in other.tree().items() if name.startswith("public")}
        assert left == before


def test_where_nothing_can_be_put_back_the_way_back_is_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, before = site.plan(), site.tree()
    really, count = Path.replace, iter(range(1, 1000))

    def fail(self: Path, target: Path) -> Path:
        if next(count) >= 8:  # robots.txt is in place then, and cannot go back
            raise OSError(28, "No space left on device", str(target))
        return really(self, target)

    with monkeypatch.context() as full:
        full.setattr(Path, "replace", fail)
        with pytest.raises(PublishError, match="--undo"):
            publish.apply(plan, site.state)
    publish.undo(site.state)
    assert site.tree() == before


def test_a_damaged_manifest_is_told_and_nothing_is_changed(site: Site) -> None:
    site.publish()
    (site.state / "manifest.json").write_text('{"schema": "voorbehoud.manifest/1"}')
    before = site.tree()
    for what in (site.plan, lambda: publish.undo(site.state)):
        with pytest.raises(UserError, match="damaged"):
            what()
    assert site.tree() == before
