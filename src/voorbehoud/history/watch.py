"""What a new observation changes: compared with the last one that was settled, before it is stored.

Most sites stay as they are, and then the digest of the verdict says so.  Only the others are looked at closely.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from ..core.use import Use
from ..evaluate.drift import Memory, State, same, step
from ..evaluate.drift_causes import causes
from .changes import change_row
from .ledger import batches
from .marks import moment, stamp
from .packed import Packed
from .past import Past
from .tables import OBSERVATION, SITE, VERDICT


@dataclass(frozen=True, slots=True)
class Noticed:
    """What an observation does to the row of its site, and the change to be told, if any."""

    memory: Memory
    settled: int | None  # the observation that it was compared with
    change: dict[str, Any] | None


def noticed(engine: Engine, past: Past, seen: Mapping[int, Packed]) -> dict[int, Noticed]:
    """Give what the observations of sites (by number) change."""
    found: dict[int, Noticed] = {}
    latest = OBSERVATION.alias()
    for batch in batches(seen):
        query = (
            select(
                SITE.c.id, SITE.c.latest, SITE.c.state, SITE.c.known, SITE.c.weaker, SITE.c.gone,
                SITE.c.gone_since, SITE.c.settled,
                latest.c.rules, VERDICT.c.sha256,
            )
            .outerjoin(latest, latest.c.id == SITE.c.latest)
            .outerjoin(VERDICT, VERDICT.c.id == latest.c.verdict_id)
            .where(SITE.c.id.in_(batch))
        )  # fmt: skip
        with engine.connect() as connection:
            rows: Sequence[Any] = connection.execute(query).all()
        for row in rows:
            found[row.id] = _of_site(past, row, seen[row.id])
    return found


def _of_site(past: Past, row: Row[Any], packed: Packed) -> Noticed:
    if row.latest is None:
        return Noticed(packed.first, None, None)
    memory, settled = _memory(row), row.settled
    if memory is None:  # it was last seen before this program knew of drift
        last = past.observation(row.latest)
        memory = step(None, None, last).memory
        settled = row.latest if memory.settled else None
    if (
        row.sha256 == packed.digest
        and row.rules == packed.columns["rules"]
        and (kept := same(memory)) is not None
    ):
        return Noticed(kept, settled, None)
    seen = packed.observation()
    before = past.observation(settled) if settled is not None else None
    verdict = before.verdict if before is not None else None
    if before is not None and before.verdict.rules != seen.verdict.rules:
        # What only our rules made of it is no change of the site.
        from ..evaluate.site import judge  # all signals: seldom wanted here

        verdict = judge(before.site, before.captures, before.finished)
        if memory.settled:
            memory = step(None, None, replace(before, verdict=verdict)).memory
    taken = step(memory, verdict, seen, before.started if before is not None else None)
    if taken.drift is None:
        return Noticed(taken.memory, settled, None)
    why = causes(before, seen) if before is not None and taken.drift.state not in _GOOD else ()
    return Noticed(taken.memory, settled, change_row(taken.drift, why))


_GOOD = frozenset({State.PRESENT, State.CHANGED, State.ABSENT})


def memory_row(memory: Memory) -> dict[str, Any]:
    """Give the columns of `site` that remember."""
    return {
        "state": memory.state.value,
        "known": None if memory.known is None else memory.known.value,
        "weaker": " ".join(memory.uses),
        "gone": " ".join(memory.gone),
        "gone_since": None if memory.gone_since is None else stamp(memory.gone_since),
    }


def _memory(row: Row[Any]) -> Memory | None:
    if row.state is None:
        return None
    return Memory(
        state=State(row.state),
        known=None if row.known is None else State(row.known),
        uses=tuple(map(Use, row.weaker.split())),
        gone=tuple(map(Use, row.gone.split())),
        gone_since=_time(row.gone_since),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else moment(text)
