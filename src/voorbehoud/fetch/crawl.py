"""Visits sites from any program: a command, a test, a web application.

Scrapy runs in a process of its own, because a process can run it only once.
"""

import pickle
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import IO, cast

from .process import command
from .settings import Order, Settings
from .visit import SiteRequest, SiteVisit


def crawl(
    sites: Iterable[SiteRequest], settings: Settings, *, now: Callable[[], datetime]
) -> Generator[SiteVisit, None, None]:
    """Yield a visit for each site, in the order in which they end.

    `sites` is read as visits begin, in another thread; an error in it is raised here at the end.  `now` is the clock of
    the captures.  Whoever stops reading (or presses Ctrl-C) ends the crawl at once.  Raises RuntimeError where a site was
    lost by a mistake of ours, never because of what a server did.
    """
    order = Order(settings, (now() - datetime.now(UTC)).total_seconds())
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(  # noqa: S603 (this Python, our own module)
            command("voorbehoud.fetch.child"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        to_child, from_child = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout)
        feeder = _Feeder(order, sites, to_child)
        feeder.start()
        done = 0
        try:
            for visit in _visits(from_child):
                done += 1
                yield visit
            child.wait()
        finally:
            child.kill()
            child.wait()
            from_child.close()
        feeder.join()
        if feeder.error is not None:
            raise feeder.error
        if child.returncode != 0 or done != feeder.handed:
            complaints.seek(0)
            words = complaints.read().decode(errors="replace").strip()
            raise RuntimeError(
                f"the crawl lost {feeder.handed - done} of {feeder.handed} sites (exit {child.returncode})\n{words}"
            )


class _Feeder(Thread):
    """Hands sites to the child as fast as it takes them.  `handed`: how many; `error`: what the caller's list raised."""

    def __init__(self, order: object, sites: Iterable[SiteRequest], pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.handed = 0
        self.error: Exception | None = None
        self._order = order
        self._sites = sites
        self._pipe = pipe

    def run(self) -> None:
        try:
            with self._pipe:
                self._send(self._order)
                for site in self._sites:
                    self._send(site)
                    self.handed += 1
        except BrokenPipeError:
            pass  # the child has ended; crawl() tells why
        except Exception as error:
            self.error = error

    def _send(self, thing: object) -> None:
        pickle.dump(thing, self._pipe)
        self._pipe.flush()


def _visits(pipe: IO[bytes]) -> Iterator[SiteVisit]:
    while True:
        try:
            yield pickle.load(pipe)  # noqa: S301 (from our own child)
        except (EOFError, pickle.UnpicklingError):
            return
