"""Processes that look at sites until none is left, and tell before each thing they keep: to be killed at any moment.

Each is a process of its own, made from a server that has imported everything once: starting Python ten times takes longer than
the ten lives together.
"""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest import mock

from history_stores import sites
from made_visits import START, visit
from voorbehoud.history import open_store

AT_ONCE = 8


class Looking:
    """A process at work.  `killer`: the site that takes it down."""

    def __init__(self, address: str, count: int, killer: str = "") -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._told, telling = context.Pipe(duplex=False)
        self._process: BaseProcess = context.Process(target=look, args=(address, count, killer, telling))
        with mock.patch.dict(
            os.environ, PYTHONPATH=str(Path(__file__).parent)
        ):  # where the server finds this file
            self._process.start()
        telling.close()

    def keeps(self) -> bool:
        """Wait until it is about to keep something; False: it came to its end."""
        try:
            self._told.recv()
        except EOFError:
            return False
        return True

    def kill(self) -> None:
        self._process.kill()
        self.end()

    def interrupt(self) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGINT)
        self.end()

    def end(self) -> int | None:
        """Wait for its end and give its exit code, negative for a signal."""
        while self.keeps():
            pass
        self._process.join(timeout=60)
        self._told.close()
        return self._process.exitcode


def look(address: str, count: int, killer: str, telling: Connection) -> None:
    with open_store(address) as store:
        run = store.begin(sites(count))
        while claimed := store.claim(run, AT_ONCE):
            seen = [visit(member.site, START) for member in claimed]
            if killer in {member.site for member in claimed}:
                os.kill(os.getpid(), signal.SIGKILL)
            telling.send("keeps")
            store.keep(run, seen)
