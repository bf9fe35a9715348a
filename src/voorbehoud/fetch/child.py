"""The process that runs Scrapy: started by crawl.py and by nobody else.

Reads pickles from stdin (an Order, then SiteRequests until the end of the file) and writes a pickled SiteVisit for each
to stdout.  A site that met a mistake of ours is missing there; the process then ends with a traceback and exit code 1.
"""

import asyncio
import gc
import os
import pickle
import signal
import sys
from typing import BinaryIO

from .scrape import scrape
from .settings import Order
from .visit import SiteRequest, SiteVisit


class Pipes:
    """The two pipes to the parent, used in threads: a parent that is slow to judge must not make servers time out."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._turn = asyncio.Lock()

    async def take(self) -> SiteRequest | None:
        """Give the next site; None at the end."""
        return await asyncio.to_thread(self._read)

    async def give(self, done: SiteVisit) -> None:
        """Hand a visit over."""
        async with self._turn:
            await asyncio.to_thread(self._write, done)

    def _read(self) -> SiteRequest | None:
        try:
            site: SiteRequest = pickle.load(self._incoming)  # noqa: S301 (from our own parent)
        except EOFError:
            return None
        return site

    def _write(self, done: SiteVisit) -> None:
        pickle.dump(done, self._outgoing)
        self._outgoing.flush()


def main() -> int:
    """Crawl what the parent asks for; give the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, and it ends us
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not end up between the pickles
    gc.freeze()  # what was imported stays, and need not be looked through again and again
    gc.enable()
    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own parent)
    pipes = Pipes(sys.stdin.buffer, outgoing)
    failed: list[BaseException] = []
    finished = scrape(order, pipes.take, pipes.give, fail=lambda _, error: failed.append(error))
    for error in failed:
        raise error
    return 0 if finished else 1
