"""From members to observations: what a crawl on this machine does, and what a worker on another one does for a shard.

The sites are visited and judged in a child process, so that a site that takes a parser down takes nothing else down: not the
list, not the store, not what others said.
"""

import pickle
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import IO, cast

from ..core.member import Member
from ..fetch.process import command
from ..fetch.settings import Order, Settings
from ..history.packed import Packed

Supply = Callable[[int], Sequence[Member] | None]
"""Gives up to that many members to visit; an empty one: none as long as others are open; None: there are no more."""

QUIET = 0.5
"""Seconds without news after which None is yielded, so that whoever reads can look after other things."""

PATIENCE = 120.0
"""Seconds that a visit and its judgement may take beyond the time of a site, before the child is taken to be stuck."""

MOST_READ = 64
"""Messages that wait to be read; then the child waits too."""


@dataclass(frozen=True, slots=True)
class Casualty:
    """A failure of ours.  `suspects`: the sites that were open, one of which may be why; `untouched`: handed over, not begun.

    `words`: what was said about it.  `attempts`: how many of its attempts a suspect has used up by it.
    """

    suspects: tuple[str, ...]
    untouched: tuple[str, ...]
    words: str
    attempts: int = 1


# ---- messages of the child -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Want:
    """Up to that many more sites can be taken."""

    number: int


@dataclass(frozen=True, slots=True)
class Begun:
    """The visit of a site begins."""

    site: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Our own code raised an exception about a site."""

    site: str
    words: str


Message = Want | Begun | Failed | Packed


def observe_all(members: Sequence[Member], settings: Settings) -> Iterator[Packed | Casualty]:
    """Yield an observation of each member, in the order in which they end; a casualty names those that are missing.

    Both this function and all that goes in and comes out can be pickled: it is what a worker of a cluster runs for a shard.
    """
    left = iter(members)

    def supply(number: int) -> Sequence[Member] | None:
        return tuple(member for _, member in zip(range(number), left, strict=False)) or None

    for news in observe(supply, settings):
        if news is not None:
            yield news
    if untouched := tuple(member.site for member in left):
        yield Casualty((), untouched, "the process that visits them had ended")


def observe(
    supply: Supply,
    settings: Settings,
    *,
    now: Callable[[], datetime] | None = None,
    patience: float = PATIENCE,
) -> Generator[Packed | Casualty | None, None, None]:
    """Yield observations as they come, and None where there was no news for a while.

    Where the child process dies or is stuck, a casualty is the last thing: the sites in it were not observed.  Never raises
    because of a site.  Whoever stops reading ends the crawl at once.
    """
    with tempfile.TemporaryFile() as complaints:
        crew = _Crew(settings, complaints, now)
        try:
            yield from crew.work(supply, settings.site_seconds + patience)
        finally:
            crew.end()


class _Crew:
    """The child process, and what it holds."""

    def __init__(self, settings: Settings, complaints: IO[bytes], now: Callable[[], datetime] | None) -> None:
        self._complaints = complaints
        self._given: set[str] = set()
        self._begun: dict[str, float] = {}
        self._child = subprocess.Popen(  # noqa: S603 (this Python, our own module)
            command("voorbehoud.survey.child"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints,
        )  # fmt: skip
        self._to_child = cast(IO[bytes], self._child.stdin)
        self._news: Queue[Message | None] = Queue(MOST_READ)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        ahead = 0.0 if now is None else (now() - datetime.now(now().tzinfo)).total_seconds()
        self._tell(Order(settings, ahead))

    def work(self, supply: Supply, longest: float) -> Generator[Packed | Casualty | None, None, None]:
        while True:
            try:
                news = self._news.get(timeout=QUIET)
            except Empty:
                if self._begun and monotonic() - next(iter(self._begun.values())) > longest:
                    yield self._casualty(f"no news of the first of these sites for {longest:g} seconds")
                    return
                yield None
                continue
            match news:
                case Want(number):
                    self._hand_over(supply(number))
                case Begun(site):
                    self._begun[site] = monotonic()
                case Failed(site, words):
                    self._forget(site)
                    yield Casualty((site,), (), words)
                case Packed():
                    self._forget(news.site)
                    yield news
                case None:
                    code = self._child.wait()
                    if code != 0 or self._given:
                        yield self._casualty(f"the process that visits sites ended with exit code {code}")
                    return

    def _hand_over(self, members: Sequence[Member] | None) -> None:
        self._given.update(member.site for member in members or ())
        self._tell(None if members is None else tuple(members))

    def _forget(self, site: str) -> None:
        self._given.discard(site)
        self._begun.pop(site, None)

    def _casualty(self, words: str) -> Casualty:
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip()
        untouched = tuple(self._given - self._begun.keys())
        return Casualty(tuple(self._begun), untouched, f"{words}\n{said[-2000:]}".strip())

    def _tell(self, thing: object) -> None:
        with suppress(OSError):  # a child that has ended tells that itself, by the end of its messages
            pickle.dump(thing, self._to_child, pickle.HIGHEST_PROTOCOL)
            self._to_child.flush()

    def _read(self) -> None:
        pipe = cast(IO[bytes], self._child.stdout)
        with pipe, suppress(EOFError, pickle.UnpicklingError, OSError, ValueError):
            while True:
                self._news.put(pickle.load(pipe))  # noqa: S301 (from our own child)
        self._news.put(None)

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        with suppress(OSError):
            self._to_child.close()
        while self._reader.is_alive():  # it may wait for room
            with suppress(Empty):
                self._news.get(timeout=0.1)
