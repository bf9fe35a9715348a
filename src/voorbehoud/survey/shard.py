"""What a worker of a cluster does: it visits the sites of a shard and sends back what they said, packed.

It knows no store, shares no disk and holds no secret.  Where nobody waits for the shard any more (the driver was killed, the
scheduler is gone) the crawl stops: somebody else may be visiting these sites by now.
"""

import pickle
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from distributed import Status, get_worker

from ..core.member import Member
from ..evaluate.verdict import RULES_VERSION
from ..fetch.settings import VERSION, Settings
from ..history.packed import Packed
from .observe import Casualty, observe

EDITION = f"{VERSION}, rules {RULES_VERSION}"
"""What must be the same everywhere: two checkouts of one version can judge by different rules."""

MOST_CARRIED = 32 * 1024 * 1024
"""Bytes, packed, after which a shard begins no more sites: what it has is brought home first."""


@dataclass(frozen=True, slots=True)
class Order:
    """Sites for a worker.  `version`: EDITION of the program that asks; what comes back is kept by that one."""

    members: tuple[Member, ...]
    settings: Settings
    version: str


@dataclass(frozen=True, slots=True)
class Haul:
    """What a shard came to.  `pieces`: observations and casualties, packed one by one; `left`: sites that nothing was done about."""

    pieces: tuple[bytes, ...]
    left: tuple[str, ...]


class OtherVersionError(Exception):
    """A worker that joined later than the crawl began, and is not of its version."""


def work(order: Order) -> Haul:
    """Visit the sites of a shard.  Never raises because of a site."""
    if order.version != EDITION:
        raise OtherVersionError(f"a worker has voorbehoud {EDITION}; the crawl {order.version}")
    return carry(order.members, order.settings, _wanted())


def carry(
    members: Sequence[Member], settings: Settings, wanted: Callable[[], bool], most: int = MOST_CARRIED
) -> Haul:
    """Visit sites as long as they are wanted, and begin none when `most` bytes are there to carry."""
    rest = iter(members)
    left = dict.fromkeys(member.site for member in members)
    pieces: list[bytes] = []
    weight = 0

    def supply(number: int) -> Sequence[Member] | None:
        return None if weight >= most else tuple(islice(rest, number)) or None

    with closing(observe(supply, settings)) as found:
        for news in found:
            if not wanted():
                break
            if news is None:
                continue
            for site in (news.site,) if isinstance(news, Packed) else news.suspects:
                left.pop(site, None)
            pieces.append(pack(news))
            weight += len(pieces[-1])
    return Haul(tuple(pieces), tuple(left))


def pack(news: Packed | Casualty) -> bytes:
    return zlib.compress(pickle.dumps(news, pickle.HIGHEST_PROTOCOL), 1)


def unpack(piece: bytes) -> Packed | Casualty:
    """Give what was packed; only for what our own workers sent."""
    news: Packed | Casualty = pickle.loads(zlib.decompress(piece))  # noqa: S301
    return news


def _wanted() -> Callable[[], bool]:
    """Give what says whether the scheduler still waits for the task that runs here."""
    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        at_work = worker.status in {Status.running, Status.paused}
        return at_work and task is not None and task.state == "executing"

    return wanted
