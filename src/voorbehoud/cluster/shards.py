"""Which sites travel together: shards, no two of which touch the same domain or address at the same time."""

from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass

from .places import Placed

MOST_AT_ONE_PLACE = 32
"""Sites of one shard at one domain or address.  There they wait for each other, and the rest of the shard for them."""

PIECES = 8
"""Into so many a shard is cut whose workers died of it: three cuts find one site among five hundred."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Sites that one worker visits.  Until it is landed nobody else gets a site at any of its places."""

    sites: tuple[Placed, ...]

    @property
    def places(self) -> frozenset[str]:
        return frozenset().union(*(site.places for site in self.sites))


class Pool:
    """Sites that wait for a worker, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: deque[Placed] = deque()
        self._pieces: deque[Shard] = deque()
        self._taken: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting) + sum(len(piece.sites) for piece in self._pieces)

    def add(self, site: Placed) -> None:
        self._waiting.append(site)

    def cut(self, size: int) -> Shard | None:
        """Give a shard of up to `size` sites, all at places where no other shard is; None where there is no such site now."""
        shard = self._piece() or self._fresh(size)
        if shard is not None:
            self._taken |= shard.places
        return shard

    def land(self, shard: Shard, left: Collection[str] = ()) -> None:
        """Take a shard back: its places are free, and the sites in `left` are the next to go."""
        self._taken -= shard.places
        again = set(left)
        self._waiting.extendleft(site for site in reversed(shard.sites) if site.member.site in again)

    def split(self, shard: Shard) -> None:
        """Take a shard back in pieces, which travel apart from now on."""
        self._taken -= shard.places
        size = -(-len(shard.sites) // PIECES)
        self._pieces.extend(
            Shard(shard.sites[start : start + size]) for start in range(0, len(shard.sites), size)
        )

    def _piece(self) -> Shard | None:
        for piece in self._pieces:
            if not piece.places & self._taken:
                self._pieces.remove(piece)
                return piece
        return None

    def _fresh(self, size: int) -> Shard | None:
        chosen: list[Placed] = []
        passed: list[Placed] = []
        inside = Counter[str]()
        while self._waiting and len(chosen) < size:
            site = self._waiting.popleft()
            if site.places & self._taken or any(inside[place] == MOST_AT_ONE_PLACE for place in site.places):
                passed.append(site)
            else:
                chosen.append(site)
                inside.update(site.places)
        self._waiting.extendleft(reversed(passed))
        return Shard(tuple(chosen)) if chosen else None
