"""What can be wrong with a cluster is told before anything is visited, with the way out."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dask
import pytest
from click.testing import CliRunner

from clusters import cluster
from conftest import free_port
from voorbehoud.cli import main
from voorbehoud.cluster import client
from voorbehoud.core.errors import UserError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.0.0.5", "tcp://10.0.0.5:8786"),
        ("planner.lan:9000", "tcp://planner.lan:9000"),
        ("tls://planner.lan", "tls://planner.lan:8786"),
        ("tcp://[2001:db8::5]:1/", "tcp://[2001:db8::5]:1"),
    ],
)
def test_the_address_of_a_scheduler(written: str, meant: str) -> None:
    assert client.scheduler_at(written) == meant


@pytest.mark.parametrize(
    "written", ["", "http://10.0.0.5:8787", "inproc://a", "tcp://a:port", "tcp://a:1/b", "tcp://[::1"]
)
def test_what_is_no_address_of_a_scheduler(written: str) -> None:
    with pytest.raises(UserError, match=r"not the address of a scheduler.*dask scheduler"):
        client.scheduler_at(written)


def test_other_versions_are_named_with_the_line_that_mends_it() -> None:
    ours = {"voorbehoud": "0.2.0", "Python": "3.11"}
    same = {"host": {"python": "3.11.9.final.0"}, "packages": {"voorbehoud": "0.2.0"}}
    older = {"host": {"python": "3.11.2.final.0"}, "packages": {"voorbehoud": "0.1.0"}}
    without = {"host": {"python": "3.11.2.final.0"}, "packages": {"voorbehoud": None}}
    python = {"host": {"python": "3.13.0.final.0"}, "packages": {"voorbehoud": "0.2.0"}}
    client.mismatch({"tcp://a:1": same}, ours)
    for worker, said in (
        (older, r"a:2 has another voorbehoud \(0\.1\.0\) than this machine \(0\.2\.0\)"),
        (without, r"another voorbehoud \(not installed\)"),
        (python, r"another Python \(3\.13\)"),
    ):
        with pytest.raises(UserError, match=said) as told:
            client.mismatch({"tcp://a:1": same, "tcp://a:2": worker}, ours)
        assert "pip install 'voorbehoud[cluster]==0.2.0'" in str(told.value)


def crawl(folder: Path, address: str) -> tuple[int, str]:
    words = ["crawl", "-", "--store", str(folder / "s.db"), "--cluster", address]
    done = CliRunner().invoke(main, words, input="http://127.0.0.1:1\n")
    return done.exit_code, done.output


class Web(BaseHTTPRequestHandler):
    """A web server that gets the greeting of Dask, and has its own thoughts about it."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("listens", [False, True], ids=["nobody listens", "a web server listens"])
def test_nobody_answers(listens: bool, web: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.5)
    address = f"tcp://127.0.0.1:{web if listens else free_port()}"
    code, said = crawl(tmp_path, address)
    assert code == 2
    assert said.startswith(f"{address}: no scheduler answers there within 0.5 seconds")
    assert "`dask scheduler`" in said
    assert not (tmp_path / "s.db").exists()


def test_nobody_works_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WORKER_SECONDS", 0.2)
    monkeypatch.setattr(client, "CONNECT_SECONDS", 60)  # as long as it takes to start
    with cluster(tmp_path / "said", workers=0) as empty:
        code, said = crawl(tmp_path, empty.address)
    assert code == 2
    assert said.startswith(f"{empty.address}: the scheduler had no workers for 0.2 seconds.")
    assert f"`dask worker {empty.address}`" in said


def test_tls_without_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = crawl(tmp_path, "tls://127.0.0.1:1")
    assert code == 2
    assert "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY" in said
    files = ("ca-file", "client.cert", "client.key")
    with dask.config.set({f"distributed.comm.tls.{file}": f"/nergens/{file}" for file in files}):
        code, said = crawl(tmp_path, "tls://127.0.0.1:1")
    assert code == 2
    assert "CA_FILE=/nergens/ca-file" in said
    assert "No such file" in said
