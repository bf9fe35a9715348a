"""The process that visits and judges: started by observe.py and by nobody else.

Pickles go both ways: an Order and then tuples of members come in (None: no more), messages go out.  When its parent is gone
this process ends at once: nobody would keep what it sees.
"""

import asyncio
import ctypes
import gc
import os
import pickle
import signal
import sys
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from threading import Thread
from traceback import format_exception
from typing import BinaryIO

from ..core.member import Member
from ..evaluate.observation import Observation
from ..evaluate.site import judge
from ..fetch.scrape import scrape
from ..fetch.settings import VERSION, Order
from ..fetch.visit import SiteRequest, SiteVisit
from ..history.packed import pack
from .observe import Begun, Failed, Message, Want

AT_ONCE = 16
"""Sites that are asked for together: a claim costs a transaction, and what is claimed and not begun was claimed in vain."""

MOST_UNTOLD = 32
"""Visits that wait to be judged and told; then no new ones begin."""

PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""

_Answer = tuple[Member, ...] | None


class Desk:
    """Between the crawl and the parent.  Judging and telling have a thread of their own: no server has to wait for them."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, ahead: timedelta) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._ahead = ahead
        self._sites: deque[Member] = deque()
        self._answers: asyncio.Queue[_Answer] | None = None
        self._taken = 0
        self._over = self._done = False
        self._change = asyncio.Event()
        self._untold: SimpleQueue[SiteVisit | Message | None] = SimpleQueue()
        self._teller = Thread(target=self._tell_all, daemon=True)
        self._teller.start()

    # ---- for the crawl -------------------------------------------------------------------------------------------------
    async def take(self) -> SiteRequest | None:
        while not self._sites:
            if self._over:
                return None
            answer = await self._ask()
            if answer is None:
                self._over = True
            elif answer:
                self._sites.extend(answer)
            else:
                await self._all_done()
        member = self._sites.popleft()
        self._taken += 1
        return SiteRequest(member.site, member.media)

    async def _ask(self) -> _Answer:
        if self._answers is None:
            self._answers = asyncio.Queue()
            Thread(target=self._hear, args=(asyncio.get_running_loop(), self._answers), daemon=True).start()
        self._untold.put(Want(AT_ONCE))
        return await self._answers.get()

    def begin(self, site: SiteRequest) -> None:
        self._untold.put(Begun(site.site))

    async def give(self, visit: SiteVisit) -> None:
        self._untold.put(visit)
        while self._untold.qsize() > MOST_UNTOLD:
            await asyncio.sleep(0.01)
        self._one_done()

    def fail(self, site: SiteRequest, error: BaseException) -> None:
        self._untold.put(Failed(site.site, _words(error)))
        self._one_done()

    def close(self) -> None:
        """Tell what is left to tell."""
        self._done = True
        self._untold.put(None)
        self._teller.join()

    def _one_done(self) -> None:
        self._taken -= 1
        self._change.set()

    async def _all_done(self) -> None:
        """Wait until nothing is open: only then there may be something for us again."""
        while self._taken:
            self._change.clear()
            await self._change.wait()

    # ---- the threads ---------------------------------------------------------------------------------------------------
    def _hear(self, loop: asyncio.AbstractEventLoop, answers: "asyncio.Queue[_Answer]") -> None:
        with suppress(EOFError, OSError, RuntimeError):  # RuntimeError: the loop is closed, all is done
            while True:
                answer: _Answer = pickle.load(self._incoming)  # noqa: S301 (from our own parent)
                loop.call_soon_threadsafe(answers.put_nowait, answer)
        if not self._done:
            os._exit(1)

    def _tell_all(self) -> None:
        try:
            while (news := self._untold.get()) is not None:
                message = self._judged(news) if isinstance(news, SiteVisit) else news
                pickle.dump(message, self._outgoing, pickle.HIGHEST_PROTOCOL)
                if self._untold.empty():
                    self._outgoing.flush()
            self._outgoing.close()
        except BrokenPipeError:
            os._exit(1)

    def _judged(self, visit: SiteVisit) -> Message:
        try:
            verdict = judge(visit.site, visit.captures, datetime.now(UTC) + self._ahead)
            return pack(
                Observation(visit.site, visit.captures, visit.started, visit.finished, verdict, VERSION)
            )
        except Exception as error:
            return Failed(visit.site, _words(error))


def _words(error: BaseException) -> str:
    return "".join(format_exception(error))


def end_with_parent() -> None:
    """Let the system kill this process when the thread that started it ends; elsewhere than on Linux the closed pipe must do.

    A parser that never comes back would not notice the pipe.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """Visit and judge what the parent asks for; give the exit code."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, and it ends us
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=256 * 1024)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not end up between the pickles
    # Not sys.stdin: Python would wait for the thread that reads it before it ends.
    incoming = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    order: Order = pickle.load(incoming)  # noqa: S301 (from our own parent)
    gc.freeze()  # what was imported stays, and need not be looked through again and again
    gc.enable()
    desk = Desk(incoming, outgoing, timedelta(seconds=order.clock_offset))
    finished = scrape(order, desk.take, desk.give, begin=desk.begin, fail=desk.fail)
    desk.close()
    return 0 if finished else 1
