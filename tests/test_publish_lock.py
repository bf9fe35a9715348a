"""Two runs never write into one site at the same time, and a killed run never blocks the next."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from voorbehoud import publish
from voorbehoud.core.errors import PublishError
from voorbehoud.declaration.model import Declaration, Declarer
from voorbehoud.publish import lock

PAGE = b"<!doctype html>\n<html>\n<head>\n<meta charset=utf-8>\n</head>\n<body></body>\n</html>\n"
WISH = Declaration(
    Declarer("Sanne de Vries", "sanne@atelier.example"), "https://atelier.example", date(2026, 11, 1)
)
HOLD = """
import sys
from pathlib import Path
from voorbehoud.publish.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_bytes(PAGE)
    return folder


@contextmanager
def another_run(state: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a process that holds the lock of `state` until its standard input is closed."""
    command = [sys.executable, "-c", HOLD, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "held\n"
            yield holder
        finally:
            holder.kill()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def published(site: Path) -> Callable[[], None]:
    state = site / publish.STATE
    plan = publish.plan(WISH, site, state)
    return lambda: publish.apply(plan, state)


def test_while_one_run_writes_another_is_told_and_changes_nothing(site: Path) -> None:
    write = published(site)
    with another_run(site / publish.STATE) as holder:
        before = contents(site)
        for attempt in (write, lambda: publish.undo(site / publish.STATE)):
            with pytest.raises(PublishError, match=rf"process {holder.pid}\) is writing"):
                attempt()
        assert contents(site) == before
        holder.communicate()
    write()
    assert b"tdm-reservation" in (site / "index.html").read_bytes()
    publish.undo(site / publish.STATE)
    assert contents(site) == {str(site / "index.html"): PAGE}
    assert not (site / publish.STATE).exists()


@pytest.mark.skipif(lock.fcntl is None, reason="without flock a killed run leaves its file behind")
def test_a_killed_run_does_not_block_the_next(site: Path) -> None:
    state = site / publish.STATE
    with another_run(state) as holder:
        holder.kill()
        holder.wait()
        assert (state / lock.NAME).exists()
        published(site)()
    assert sorted(path.name for path in state.iterdir()) == ["manifest.json", "originals"]


def test_several_commands_at_once_leave_one_whole_publication(site: Path) -> None:
    (site / "voorbehoud.yaml").write_text(
        "declared-by: {name: Sanne, contact: sanne@atelier.example}\nsite: https://atelier.example\nsince: 2026-11-01\n"
    )
    for number in range(60):
        (site / f"{number}.html").write_bytes(PAGE)
    before = contents(site)
    command = [sys.executable, "-m", "voorbehoud", "publish", str(site), "--yes", "--lang", "en"]
    runs = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [(run.communicate()[1], run.returncode) for run in runs]
    assert 0 in {code for _, code in ended}, ended
    for told, code in ended:
        assert code in {0, 2}, told
        assert "Traceback" not in told
        assert code == 0 or "is writing into this site" in told or "changed since the plan" in told, told
    again = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "nothing to change" in again.stderr
    subprocess.run([*command, "--undo"], check=True, capture_output=True)
    assert contents(site) == before


def _no_locks(handle: int, how: int) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


@pytest.mark.parametrize("flock", [None, SimpleNamespace(flock=_no_locks, LOCK_EX=2, LOCK_NB=4)])
def test_without_flock_the_file_itself_is_the_lock(
    site: Path, monkeypatch: pytest.MonkeyPatch, flock: object
) -> None:
    monkeypatch.setattr(lock, "fcntl", flock)
    state, write = site / publish.STATE, published(site)
    with lock.alone(state):
        with pytest.raises(PublishError, match=rf"process {os.getpid()}\).*delete this file"):
            write()
        assert (site / "index.html").read_bytes() == PAGE
    assert not state.exists()
    write()
    assert not (state / lock.NAME).exists()


def test_a_full_disk_does_not_stop_an_undo(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(site)()
    really = os.write

    def full(handle: int, text: bytes) -> int:
        if text == str(os.getpid()).encode():
            raise OSError(errno.ENOSPC, "No space left on device")
        return really(handle, text)

    monkeypatch.setattr(os, "write", full)
    publish.undo(site / publish.STATE)
    assert contents(site) == {str(site / "index.html"): PAGE}


def test_the_lock_is_let_go_of_when_the_work_fails(site: Path) -> None:
    write = published(site)
    (site / "index.html").write_bytes(PAGE + b"<!-- later -->")
    for _ in range(2):
        with pytest.raises(PublishError, match="changed since"):
            write()
        assert not (site / publish.STATE).exists()


def test_a_folder_that_cannot_hold_a_lock_is_told(site: Path) -> None:
    write = published(site)
    (site / publish.STATE).write_bytes(b"a file where the folder should be")
    with pytest.raises(PublishError, match="cannot be written"):
        write()
    assert (site / "index.html").read_bytes() == PAGE


@pytest.mark.skipif(lock.fcntl is None, reason="only with flock is a locked file removed")
def test_a_lock_on_a_file_that_was_just_removed_is_no_lock(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run may let go between our opening the file and our locking it: then we hold what nobody else will ever meet."""
    state, really, removed = site / publish.STATE, lock.fcntl.flock, list[Path]()

    def late(handle: int, how: int) -> None:
        if not removed:
            (state / lock.NAME).unlink()
            removed.append(state / lock.NAME)
        really(handle, how)

    monkeypatch.setattr(lock.fcntl, "flock", late)
    with lock.alone(state):
        assert removed
        assert (state / lock.NAME).read_text() == str(os.getpid())
