"""A crawl on many machines: this one cuts shards, workers of a Dask cluster visit them, and what comes back is kept here.

The engine may lose whatever it likes.  The ledger of the store alone knows what is done; whatever dies, the same command goes on.
"""

from collections.abc import Generator
from queue import Empty, SimpleQueue
from time import monotonic
from uuid import uuid4

from distributed import Client, Future, KilledWorker

from ..cluster.client import WORKER_SECONDS, gone, no_workers
from ..cluster.places import Guide
from ..cluster.shards import Pool, Shard
from ..core.errors import UserError
from ..fetch.settings import VERSION, Settings
from ..history.ledger import MOST_ATTEMPTS
from ..history.packed import Packed
from .crawl import MOST_IN_VAIN, Observe
from .observe import QUIET, Casualty, Supply
from .shard import EDITION, Haul, Order, OtherVersionError, unpack, work

LARGEST, SMALLEST = 300, 10
"""Sites of a shard: a process is started for each shard, which takes seconds; the end of a crawl is cut smaller, for all to share."""

AHEAD = 2
"""Shards for each thread of a worker: one that is visited and one that waits, so that nobody waits for this machine."""

ROOM = 10_000
"""Sites that are claimed and wait; the more there are, the easier a shard is filled without a place that is taken."""

CLAIM = 1_000
"""Sites that are claimed in one transaction."""

RETRIES = 2
"""How often Dask runs a shard again that ended with an exception: a worker may be short of something that others have."""

Item = Packed | Casualty


def on_cluster(client: Client) -> Observe:
    """Give what observes with the workers of a cluster, as `observe` does with a process here."""

    def observe(supply: Supply, settings: Settings) -> Generator[Item | None, None, None]:
        with Guide() as guide:
            driver = _Driver(client, supply, settings, guide)
            try:
                yield from driver.work()
            finally:
                driver.end()

    return observe


class _Driver:
    """Holds what waits and what is out."""

    def __init__(self, client: Client, supply: Supply, settings: Settings, guide: Guide) -> None:
        self._client = client
        self._address = str(client.scheduler.address)
        self._supply = supply
        self._settings = settings
        self._guide = guide
        self._pool = Pool()
        self._out: dict[str, tuple[Future, Shard]] = {}
        self._landed: SimpleQueue[Future] = SimpleQueue()
        self._name = uuid4().hex
        self._number = 0
        self._dry = self._over = False
        self._in_vain = 0
        self._last_worker = monotonic()

    def work(self) -> Generator[Item | None, None, None]:
        while True:
            self._take_in()
            if self._over:
                return
            self._hand_out()
            try:
                future = self._landed.get(timeout=QUIET)
            except Empty:
                yield None
            else:
                yield from self._land(future)

    def end(self) -> None:
        """Let go of what is out: the workers stop visiting it."""
        for future, _ in self._out.values():
            future.release()

    # ---- out -----------------------------------------------------------------------------------------------------------
    def _take_in(self) -> None:
        """Claim sites while there is room, and see which have been placed."""
        while not (self._dry or self._over) and len(self._pool) + self._guide.open <= ROOM - CLAIM:
            members = self._supply(CLAIM)
            self._over = members is None
            self._dry = not members  # until something lands
            self._guide.ask(members or ())
        for site in self._guide.found():
            self._pool.add(site)

    def _hand_out(self) -> None:
        threads = self._threads()
        waiting = len(self._pool) + self._guide.open
        size = min(LARGEST, max(SMALLEST, -(-waiting // max(1, AHEAD * threads))))
        if len(self._pool) < size and self._guide.open:
            return  # their addresses are still looked up
        while len(self._out) < AHEAD * threads and (shard := self._pool.cut(size)) is not None:
            self._number += 1
            key = f"voorbehoud-{self._name}-{self._number}"
            order = Order(tuple(site.member for site in shard.sites), self._settings, EDITION)
            future = self._client.submit(work, order, key=key, pure=False, retries=RETRIES)
            self._out[key] = future, shard
            future.add_done_callback(self._landed.put)

    def _threads(self) -> int:
        """Give how many shards can be visited at once.  Raises UserError where scheduler or workers are gone."""
        if self._client.status != "running":
            raise gone(self._address)
        try:
            threads: int = sum(self._client.nthreads().values())
        except (OSError, TimeoutError) as error:
            raise gone(self._address) from error
        now = monotonic()
        if threads:
            self._last_worker = now
        elif now - self._last_worker > WORKER_SECONDS:
            raise no_workers(self._address)
        return threads

    # ---- back ----------------------------------------------------------------------------------------------------------
    def _land(self, future: Future) -> Generator[Item, None, None]:
        _, shard = self._out.pop(future.key)
        self._dry = False
        if future.status == "error":
            yield from self._failed(shard, future.exception())
        elif future.status != "finished":
            raise gone(self._address)
        else:
            haul: Haul = future.result()
            future.release()
            self._pool.land(shard, haul.left)
            self._hand_out()  # before what takes time here
            yield from self._unpacked(haul)

    def _unpacked(self, haul: Haul) -> Generator[Item, None, None]:
        words, found = "", False
        for piece in haul.pieces:
            news = unpack(piece)
            if isinstance(news, Casualty):
                words = news.words
                news = Casualty(news.suspects, (), words)  # the others are in the pool again
            found = found or isinstance(news, Packed) or bool(news.suspects)
            yield news
        self._in_vain = 0 if found else self._in_vain + 1
        if self._in_vain == MOST_IN_VAIN:
            raise RuntimeError(f"{MOST_IN_VAIN} shards in a row observed nothing\n{words}")

    def _failed(self, shard: Shard, error: BaseException | None) -> Generator[Item, None, None]:
        if isinstance(error, OtherVersionError | ModuleNotFoundError):
            raise UserError(
                f"{error}: install the same version on all machines: pip install 'voorbehoud[cluster]=={VERSION}'"
            ) from error
        if not isinstance(error, KilledWorker):
            raise RuntimeError("a worker could not visit a shard") from error
        if len(shard.sites) > 1:
            self._pool.split(shard)
            return
        # Perhaps it was only beside the one that did it: it is tried once more, when nothing else is out.
        self._pool.land(shard)
        (site,) = (placed.member.site for placed in shard.sites)
        yield Casualty(
            (site,), (), f"workers died while they visited it: {error}", attempts=MOST_ATTEMPTS - 1
        )
