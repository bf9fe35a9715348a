"""Many tenants from one list: each gets what `publish` writes, none is left half done, and none is touched by another's fault."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from voorbehoud import publish
from voorbehoud.cli import main
from voorbehoud.core.errors import UserError
from voorbehoud.declaration.load import load
from voorbehoud.publish import manifest as record
from voorbehoud.publish.tenants import disk, ledger, write

PAGE = b"<!doctype html>\r\n<html>\r\n<head>\r\n<meta charset=utf-8>\r\n<title>Werk</title>\r\n</head>\r\n<body></body>\r\n</html>\r\n"
ROBOTS = b"User-agent: *\nDisallow: /prive/\n"
WHOLE = (".well-known/tdmrep.json", "ai-voorbehoud/index.html", "robots.txt")


def declaration(number: int, **more: object) -> dict[str, object]:
    return {
        "declared-by": {"name": f"Maker {number}", "contact": f"maker{number}@host.example"},
        "site": f"https://maker{number}.example",
        "since": "2026-11-01",
        **more,
    }


class Host:
    """A list and the folders of its tenants."""

    def __init__(self, home: Path) -> None:
        self.home, self.file = home, home / "tenants.jsonl"
        self.rows = list[dict[str, object]]()

    def add(self, number: int, files: dict[str, bytes] | None = None, **more: object) -> Path:
        folder = self.home / "sites" / str(number)
        folder.mkdir(parents=True)
        for name, body in (files or {}).items():
            (folder / name).write_bytes(body)
        self.rows.append({"folder": str(folder), "declaration": declaration(number, **more)})
        self.save()
        return folder

    def save(self) -> None:
        self.file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows))

    def run(self, *options: str) -> Result:
        return CliRunner().invoke(main, ["publish", "--tenants", str(self.file), "--lang", "en", *options])

    def told(self, *options: str, code: int = 0) -> str:
        result = self.run(*options)
        assert result.exit_code == code, result.output
        return result.output

    def tree(self) -> dict[str, tuple[str, int]]:
        """Give every file and folder of all tenants: hash and mode."""
        found = {}
        for path in sorted((self.home / "sites").rglob("*")):
            body = path.read_bytes() if path.is_file() else b""
            found[str(path.relative_to(self.home))] = (sha256(body).hexdigest(), path.stat().st_mode)
        return found


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def as_publish_does(folder: Path, wish: dict[str, object], copy: Path) -> dict[str, bytes]:
    """Give what `publish` without a list makes of a copy of `folder`."""
    for path in folder.rglob("*"):
        if path.is_file():
            (copy / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(folder)).write_bytes(path.read_bytes())
    copy.mkdir(parents=True, exist_ok=True)
    state = copy / publish.STATE
    publish.apply(publish.plan(load(json.dumps(wish), "x"), copy, state), state)
    return {
        str(path.relative_to(copy)): path.read_bytes()
        for path in copy.rglob("*")
        if path.is_file() and publish.STATE not in path.parts
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---- what is written -----------------------------------------------------------------------------------------------------
def test_each_tenant_gets_what_publish_writes_and_undo_gives_every_byte_back(
    host: Host, tmp_path: Path
) -> None:
    host.add(1)
    host.add(2, {"index.html": PAGE, "robots.txt": ROBOTS, "werk.jpg": b"\xff\xd8"})
    host.add(3, {"_headers": b"/*\n  X-Own: 1\n"}, exceptions=[{"path": "/pers/", "allow": ["tdm"]}])
    host.add(
        4,
        carriers=["robots-txt", "tdm-file", "tdm-policy", "policy-page", "rsl", "ai-txt"],
        licence={"mining": "paid"},
    )
    host.rows[3]["declaration"]["declared-by"]["name"] = 'Zoë "O\'Brien" & <b>\\ $x'  # type: ignore[index]
    host.save()
    (host.home / "sites/2/index.html").chmod(0o640)
    before = host.tree()
    expected = [
        as_publish_does(Path(str(row["folder"])), row["declaration"], tmp_path / "copy" / str(number))  # type: ignore[arg-type]
        for number, row in enumerate(host.rows)
    ]
    assert "4 would change" in host.told("--check", code=1)
    assert host.tree() == before
    assert "4 changed" in host.told("--yes")
    assert [contents(Path(str(row["folder"]))) for row in host.rows] == expected
    assert (host.home / "sites/2/index.html").stat().st_mode & 0o777 == 0o640
    assert "4 are as they should be" in host.told("--check")
    host.told("--undo", "--yes", str(host.home / "sites/2"))
    assert contents(host.home / "sites/2") == {
        "index.html": PAGE,
        "robots.txt": ROBOTS,
        "werk.jpg": b"\xff\xd8",
    }
    assert contents(host.home / "sites/1") == expected[0]
    host.told("--undo", "--yes")
    assert host.tree() == before
    assert not ledger.ledger_of(host.file).exists()
    assert "nothing to undo" in host.told("--undo", "--yes")


def test_a_file_of_the_makers_that_was_lost_by_a_new_one_comes_back(host: Host) -> None:
    folder = host.add(1)
    host.told("--yes")
    ours = contents(folder)
    host.told("--undo", "--yes")
    page = folder / "ai-voorbehoud/index.html"
    page.parent.mkdir()
    page.write_bytes(ours["ai-voorbehoud/index.html"] + b"<!-- an older one, whose record is lost -->")
    before = host.tree()
    host.told("--yes")
    assert contents(folder) == ours
    host.told("--undo", "--yes")
    assert host.tree() == before


def test_no_file_is_shared_so_that_an_edit_in_place_changes_no_other_tenant(host: Host) -> None:
    first, second = (
        host.add(number, carriers=["tdm-file"], site="https://same.example") for number in (1, 2)
    )
    host.told("--yes")
    name = ".well-known/tdmrep.json"
    assert (first / name).read_bytes() == (second / name).read_bytes()
    assert {path.stat().st_nlink for path in host.home.rglob("*") if path.is_file()} == {1}
    with (first / name).open("r+b") as opened:  # as editors and FTP servers do
        opened.write(b"X")
    assert (second / name).read_bytes()[:1] == b"["
    host.told("--undo", "--yes", str(first))
    assert contents(second).keys() == {name}


def test_a_declaration_that_changes_is_written_and_a_carrier_that_goes_is_taken_away(host: Host) -> None:
    folder, other = host.add(1), host.add(2)
    host.told("--yes")
    kept = contents(other)
    host.rows[0]["declaration"]["carriers"] = ["tdm-file"]  # type: ignore[index]
    host.save()
    assert "1 changed, 1 as they were" in host.told("--yes")
    assert contents(folder).keys() == {".well-known/tdmrep.json"}
    assert contents(other) == kept


def test_a_list_in_sqlite_is_read_and_not_written(host: Host) -> None:
    folder = host.add(1)
    file = host.home / "tenants.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute(
            "CREATE TABLE tenants (id INTEGER PRIMARY KEY, folder TEXT, declaration TEXT, colour TEXT)"
        )
        rows = [
            (7, str(folder), json.dumps(declaration(1)), "red"),
            (9, str(folder / "x"), '{"site": 1}', None),
            (12, None, "", ""),
            (13, " ", json.dumps(declaration(13)), ""),
            (14, ".", json.dumps(declaration(14)), ""),
        ]
        made.executemany("INSERT INTO tenants VALUES (?, ?, ?, ?)", rows)
        made.commit()
    before, host.file = file.read_bytes(), file
    told = host.told("--yes", code=1)
    assert "1 changed" in told
    assert f"{file}, tenants:9:10: " in told
    assert f"{file}, tenants:12:1: folder and declaration are texts" in told
    assert f"{file}, tenants:13:1: the folder is empty" in told
    assert f"{file}, tenants:14:1: {host.home}: the list itself lies in this folder" in told
    assert contents(folder).keys() == {*WHOLE}
    assert file.read_bytes() == before
    assert "1 are as they should be" in host.told("--check", code=1)


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE customer (folder, declaration); CREATE VIEW tenants AS SELECT * FROM customer",
        "CREATE TABLE tenants (folder TEXT PRIMARY KEY, declaration TEXT) WITHOUT ROWID",
        "CREATE TABLE tenants (folder TEXT, declaration TEXT, rowid TEXT DEFAULT 'x')",
    ],
)
def test_the_table_may_be_of_any_kind(host: Host, tables: str) -> None:
    rows = [(str(host.add(1)), json.dumps(declaration(1))), (str(host.add(2)), "[]")]
    host.file = host.home / "tenants.db"
    with closing(sqlite3.connect(host.file)) as made:
        made.executescript(tables)
        table = "customer" if "VIEW" in tables else "tenants"
        made.executemany(f"INSERT INTO {table} (folder, declaration) VALUES (?, ?)", rows)  # noqa: S608 - of this test
        made.commit()
    told = host.told("--yes", code=1)
    assert "1 changed" in told
    assert f"{host.file}, tenants:2:1: " in told


# ---- faults --------------------------------------------------------------------------------------------------------------
def test_every_faulty_tenant_is_told_with_its_place_and_stops_nobody(host: Host) -> None:
    good = [host.add(number) for number in range(1, 4)]
    lines = host.file.read_text().splitlines()
    other = json.loads(lines[1])
    twice = {**other, "declaration": declaration(5)}
    (good[0] / "inner").mkdir()
    inner = {"folder": str(good[0] / "inner"), "declaration": declaration(6)}
    missing = {"folder": str(host.home / "none"), "declaration": declaration(7)}
    short = {"folder": "sites/1", "declaration": declaration(8)}
    faults = {
        2: '{"folder": "/x", "declaration": {"sinse": 1}}',
        4: json.dumps(twice),
        5: "{ nonsense",
        6: json.dumps(inner),
        7: json.dumps(missing),
        8: json.dumps(short),
        9: "\udce9",
        10: "{" + "x" * 300_000 + "}",
    }
    text = [lines[0], faults[2], lines[1], *(faults[number] for number in range(4, 11)), "", lines[2]]
    host.file.write_bytes("\n".join(text).encode("utf-8", "surrogateescape"))
    told = host.told("--yes", code=1)
    assert "3 changed, 0 as they were, 0 with contradictions, 8 with faults" in told
    for line, column, why in (
        (2, 33, "`site:` is missing"),
        (2, 34, "Did you mean 'since'"),
        (4, 1, "stands on the list a second time"),
        (5, 3, "a name in double quotes"),
        (6, 1, "the folder of another tenant"),
        (7, 1, "there is no such folder"),
        (8, 1, "stands on the list a second time"),
        (9, 1, "not UTF-8"),
        (10, 1, "longer than"),
    ):
        assert any(f"{host.file}:{line}:{column}: " in each and why in each for each in told.splitlines()), (
            line,
            told,
        )
    assert all(contents(folder).keys() == {*WHOLE} for folder in good)


def test_a_folder_counts_from_the_list_also_from_a_copy_of_it(
    host: Host, tmp_path_factory: pytest.TempPathFactory
) -> None:
    here = host.add(1)
    host.rows[0]["folder"] = "sites/1"
    host.save()
    host.told("--yes")
    assert "1 as they were" in host.told("--yes")
    assert contents(here).keys() == {*WHOLE}
    there = Host(tmp_path_factory.mktemp("copy"))
    shutil.copytree(host.home, there.home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("1"))
    other = there.home / "sites" / "1"
    other.mkdir()
    assert "1 changed" in there.told("--yes")
    assert contents(other) == contents(here)
    assert "1 as they were" in host.told("--yes")


def test_a_site_that_was_published_on_its_own_is_left_alone(host: Host) -> None:
    folder = host.add(1)
    state = folder / publish.STATE
    publish.apply(publish.plan(load(json.dumps(declaration(9)), "x"), folder, state), state)
    before = contents(folder)
    assert "published on its own" in host.told("--yes", code=1)
    assert contents(folder) == before


def test_a_contradiction_is_told_in_every_run_and_the_rest_is_written(host: Host) -> None:
    folder = host.add(1, {"robots.txt": b"User-agent: GPTBot\nAllow: /\n"})
    host.add(2)
    assert "2 changed, 0 as they were, 1 with contradictions" in host.told("--yes", code=1)
    assert b"BEGIN voorbehoud" in (folder / "robots.txt").read_bytes()
    for options in (("--yes",), ("--check",)):
        assert "Conflict: " + str(folder / "robots.txt") in host.told(*options, code=1)


def test_what_is_no_longer_on_the_list_is_told_and_can_be_undone(host: Host) -> None:
    gone = host.add(1)
    host.add(2)
    host.told("--yes")
    host.rows.pop(0)
    host.save()
    assert "1 tenant that is no longer in" in host.told("--yes")
    assert contents(gone).keys() == {*WHOLE}
    host.told("--undo", "--yes", str(gone))
    assert contents(gone) == {}
    assert "no longer" not in host.told("--yes")
    assert "nothing was published here" in host.told("--undo", "--yes", str(gone), code=2)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--declaration", "x"), "leave out DIR"),
        ((".",), "leave out DIR"),
        (("--target", "nginx"), "leave out DIR"),
    ],
)
def test_options_that_do_not_go_together_are_refused(host: Host, options: tuple[str, ...], why: str) -> None:
    host.add(1)
    assert why in host.told(*options, code=2)


def test_a_list_that_is_not_there_is_the_users_mistake(host: Host) -> None:
    assert "cannot be read" in host.told("--yes", code=2)
    host.file.write_bytes(b"SQLite format 3\0 and nothing of the kind")
    assert "needs a table tenants" in host.told("--yes", code=2)


# ---- what is unchanged ---------------------------------------------------------------------------------------------------
def edited(folder: Path) -> None:
    (folder / "robots.txt").write_bytes(b"User-agent: *\nAllow: /\n")


def removed(folder: Path) -> None:
    (folder / ".well-known/tdmrep.json").unlink()


def page_added(folder: Path) -> None:
    (folder / "deep/er").mkdir(parents=True)
    (folder / "deep/er/new.html").write_bytes(PAGE)


def page_uploaded_again(folder: Path) -> None:
    (folder / "index.html").write_bytes(PAGE)


@pytest.mark.parametrize("change", [edited, removed, page_added, page_uploaded_again])
def test_what_somebody_changed_meanwhile_is_seen_and_mended(host: Host, change: Any) -> None:
    folder = host.add(1, {"index.html": PAGE})
    host.add(2)
    host.told("--yes")
    change(folder)
    assert "1 would change, 1 are as they should be" in host.told("--check", code=1)
    assert "1 changed, 1 as they were" in host.told("--yes")
    assert "2 are as they should be" in host.told("--check")
    assert b"tdm-reservation" in (folder / "index.html").read_bytes()
    assert contents(folder).keys() >= {*WHOLE}


def test_a_copy_with_the_old_size_and_date_is_seen_and_verify_needs_no_mark_at_all(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = host.add(1)
    host.told("--yes")
    file = folder / ".well-known/tdmrep.json"
    found, body = file.stat(), file.read_bytes()
    file.write_bytes(body.replace(b": 1", b": 0"))
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert f"Conflict: {file}" in host.told("--check", code=1)
    monkeypatch.setattr("voorbehoud.publish.tenants.run._as_it_was", lambda _: True)
    assert "1 are as they should be" in host.told("--check")
    assert f"Conflict: {file}" in host.told("--check", "--verify", code=1)


def test_a_new_program_or_option_looks_at_all_again(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = host.add(1)
    host.told("--yes")
    assert "1 changed" in host.told("--yes", "--headers-file")
    assert (folder / "_headers").exists()
    monkeypatch.setattr("voorbehoud.publish.tenants.run.program", lambda *_: b"another")
    looked = list[Path]()
    really = write.write

    def noted(batch: list[write.Work], to: ledger.Ledger) -> None:
        looked.extend(work.folder for work in batch)
        really(batch, to)

    monkeypatch.setattr("voorbehoud.publish.tenants.run.write", noted)
    host.told("--yes", "--headers-file")
    assert looked == [folder]


def test_asking_comes_before_writing(host: Host) -> None:
    host.add(1)
    before = host.tree()
    command = ["publish", "--tenants", str(host.file), "--lang", "nl"]
    told = CliRunner().invoke(main, command, input="n\n")
    assert "Voor deze klant (1) schrijven?" in told.output
    assert told.exit_code == 0
    assert host.tree() == before
    assert CliRunner().invoke(main, command, input="y\n").exit_code == 0
    assert host.tree() != before


# ---- a run that does not end well ----------------------------------------------------------------------------------------
def test_a_tenant_whose_files_cannot_be_written_is_put_back_and_the_others_go_on(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = host.add(1, {"index.html": PAGE, "robots.txt": ROBOTS})
    good = host.add(2)
    before = contents(bad)
    really = Path.replace

    failed = list[Path]()

    def full(self: Path, target: Path) -> Path:
        if self.name == ".robots.txt.voorbehoud-new" and self.parent == bad and not failed:
            failed.append(self)
            raise OSError(28, "No space left on device", str(self))
        return really(self, target)

    monkeypatch.setattr(Path, "replace", full)
    told = host.told("--yes", code=1)
    assert "No space left on device" in told
    assert "put back as it was" in told
    assert contents(bad) == before
    assert not (bad / ".well-known").exists()
    assert contents(good).keys() == {*WHOLE}
    monkeypatch.undo()
    assert "1 changed, 1 as they were" in host.told("--yes")
    host.told("--undo", "--yes")
    assert contents(bad) == before


@pytest.mark.parametrize("when", ["_stage", "_place"])
def test_what_a_maker_uploads_meanwhile_is_never_overwritten(
    host: Host, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    folder = host.add(1, {"index.html": PAGE})
    host.add(2)
    really, upload = getattr(write, when), PAGE.replace(b"Werk", b"New work")

    def late(work: write.Work, entries: Any) -> None:
        if work.folder == folder:
            (folder / "index.html").write_bytes(upload)
        really(work, entries)

    monkeypatch.setattr(write, when, late)
    assert "changed since the plan was made" in host.told("--yes", code=1)
    assert contents(folder) == {"index.html": upload}
    monkeypatch.undo()
    assert "1 changed, 1 as they were" in host.told("--yes")
    assert b"New work" in (folder / "index.html").read_bytes()


def test_what_a_maker_saves_over_ours_is_not_put_back(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = host.add(1, {"index.html": PAGE, "robots.txt": ROBOTS})
    really = Path.replace

    def late(self: Path, target: Path) -> Path:
        if target == folder / "index.html":
            (folder / "robots.txt").write_bytes((folder / "robots.txt").read_bytes() + b"# mine\n")
            raise OSError(28, "No space left on device", str(self))
        return really(self, target)

    monkeypatch.setattr(Path, "replace", late)
    assert "No space left on device" in host.told("--yes", code=1)
    monkeypatch.undo()
    assert (folder / "index.html").read_bytes() == PAGE
    assert (folder / "robots.txt").read_bytes().endswith(b"# mine\n")
    host.told("--undo", "--yes")
    assert contents(folder) == {"index.html": PAGE, "robots.txt": ROBOTS + b"# mine\n"}


def test_a_ledger_without_room_says_so(tmp_path: Path) -> None:
    def fill() -> None:
        with ledger.Ledger.opened(tmp_path) as opened:
            opened._connection.execute("PRAGMA max_page_count = 8")
            opened.begin({}, [os.urandom(100_000)])

    with pytest.raises(UserError, match="full"):
        fill()


def test_what_cannot_go_back_keeps_nothing_else_from_it(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = host.add(1, {"index.html": PAGE, "robots.txt": ROBOTS})
    really = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target == folder / "index.html":
            monkeypatch.setattr(record, "replace_file", broken)
            raise OSError(28, "No space left on device", str(self))
        return really(self, target)

    def broken(path: Path, body: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "replace", full)
    assert "cannot be put back" in host.told("--yes", code=1)
    monkeypatch.undo()
    assert contents(folder).keys() == {"index.html", "robots.txt"}
    host.told("--undo", "--yes")
    assert contents(folder) == {"index.html": PAGE, "robots.txt": ROBOTS}


def test_a_page_that_comes_while_the_others_are_written_is_not_taken_for_done(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = host.add(1)
    really = write._place

    def late(work: write.Work, entries: Any) -> None:
        (folder / "new.html").write_bytes(PAGE)
        really(work, entries)

    monkeypatch.setattr(write, "_place", late)
    host.told("--yes")
    monkeypatch.undo()
    assert "1 changed" in host.told("--yes")
    assert b"tdm-reservation" in (folder / "new.html").read_bytes()


def test_each_file_system_is_flushed_once_before_the_first_file_takes_its_place(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.add(1)
    host.add(2)
    done, flush, really = list[str](), disk._SYNCFS or (lambda _: 1), Path.replace

    def replaced(self: Path, target: Path) -> Path:
        done.append("replace")
        return really(self, target)

    def flushed(handle: int) -> int:
        done.append("flush")
        return int(flush(handle))

    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(disk, "_SYNCFS", flushed)
    host.told("--yes")
    assert done == ["flush"] + ["replace"] * 6


KILLED = """
import os, signal, sys
from pathlib import Path
from voorbehoud.publish import manifest
from voorbehoud.publish.tenants import Ledger, Tenants, ledger_of, publish_tenants, run, write

left = int(sys.argv[2])
def counted(owner, name):
    really = getattr(owner, name)
    def step(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return really(*given, **named)
    setattr(owner, name, step)

run.BATCH = 4
counted(Ledger, "begin"), counted(Ledger, "finish"), counted(manifest, "stage"), counted(write, "to_disk"), counted(Path, "replace")
counted(Path, "mkdir")
file = Path(sys.argv[1])
with Ledger.opened(ledger_of(file)) as opened:
    publish_tenants(Tenants(file), opened, write=True, tell=lambda *_: None)
"""


def states(host: Host, new: list[dict[str, bytes]], old: list[dict[str, bytes]]) -> Iterator[str]:
    """Yield `old`, `new` or `between` for each tenant, and find every file of theirs whole."""
    for row, after, before in zip(host.rows, new, old, strict=True):
        found = contents(Path(str(row["folder"])))
        now = {name: body for name, body in found.items() if not name.endswith(".voorbehoud-new")}
        for name, body in now.items():
            assert body in {after.get(name), before.get(name)}, name
        assert now.keys() >= before.keys()
        yield "old" if now == before else "new" if now == after else "between"


def test_a_run_that_is_killed_ten_times_leaves_whole_files_and_the_next_finishes(
    host: Host, tmp_path: Path
) -> None:
    for number in range(8):
        host.add(number, {"index.html": PAGE, "robots.txt": ROBOTS} if number % 2 else None)
    before, old = host.tree(), [contents(Path(str(row["folder"]))) for row in host.rows]
    new = [
        as_publish_does(Path(str(row["folder"])), row["declaration"], tmp_path / "copy" / str(number))  # type: ignore[arg-type]
        for number, row in enumerate(host.rows)
    ]
    met = set[str]()
    for step in (1, 2, 5, 12, 17, 20, 19, 16, 16, 33):
        ended = subprocess.run([sys.executable, "-c", KILLED, str(host.file), str(step)], check=False)
        assert ended.returncode == -signal.SIGKILL, step
        found = list(states(host, new, old))
        assert found.count("between") <= 1, (step, found)
        met.update(found)
    assert met == {"old", "new", "between"}
    host.told("--yes")
    assert set(states(host, new, old)) == {"new"}
    assert not [path for path in host.home.rglob("*") if path.name.endswith(".voorbehoud-new")]
    host.told("--undo", "--yes")
    assert host.tree() == before


def test_a_killed_run_is_undone_to_the_byte(host: Host) -> None:
    for number in range(6):
        host.add(number, {"index.html": PAGE, "robots.txt": ROBOTS})
    before = host.tree()
    for step in (8, 28, 34):
        ended = subprocess.run([sys.executable, "-c", KILLED, str(host.file), str(step)], check=False)
        assert ended.returncode == -signal.SIGKILL
        host.told("--undo", "--yes")
        assert host.tree() == before
