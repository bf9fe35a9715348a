"""The sites of one run in a row, each with what a report counts: read in pages, and no more of a verdict than that."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, case, func, select

from ..core.finding import Severity
from ..core.member import Member
from ..evaluate.drift import State
from ..evaluate.verdict import SiteVerdict
from . import codec
from .ledger import Run, member_of
from .marks import held, moment, read
from .past import PAGE, Past, Standing, columns, standing_of
from .tables import CHANGE, OBSERVATION, SITE, VERDICT


class By(StrEnum):
    """What sites are counted by."""

    PLATFORM = "platform"
    ADDRESS = "address"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a visit changed: from `was` to `state`.  `before`: when what was reserved was last seen whole."""

    state: State
    was: State
    severity: Severity
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A site as one run found it.  `verdict` has neither findings nor reasons; `turn` None: nothing changed."""

    standing: Standing
    verdict: SiteVerdict
    turn: Turn | None


@dataclass(frozen=True, slots=True)
class Part:
    """The sites of a run that share `value` (a platform, an address, a group; empty: none is known), in numbers."""

    run: int
    value: str
    observed: int
    reachable: int
    protected: int


def roll(engine: Engine, run: Run) -> Iterator[Seen]:
    """Yield every site that was observed in a run, in the order in which they were kept."""
    turns = [column.label(f"turn_{column.name}") for column in (CHANGE.c.state, CHANGE.c.was, CHANGE.c.severity, CHANGE.c.before)]  # fmt: skip
    query = (
        columns((VERDICT.c.packed, *turns))
        .outerjoin(CHANGE, and_(CHANGE.c.site_id == SITE.c.id, CHANGE.c.observation_id == OBSERVATION.c.id))
        .where(OBSERVATION.c.run_id == run.id)
        .order_by(OBSERVATION.c.id)
        .limit(PAGE)
    )
    last = 0
    while True:
        with engine.connect() as connection:
            rows = connection.execute(query.where(OBSERVATION.c.id > last)).all()
        for row in rows:
            verdict = codec.decode_bare(
                zlib.decompress(row.packed), moment(row.checked), row.rules, reachable=row.reachable
            )
            yield Seen(standing_of(row), verdict, _turn(row))
        if len(rows) < PAGE:
            return
        last = rows[-1].observation


def parts(engine: Engine, by: By, runs: Sequence[Run]) -> tuple[Part, ...]:
    """Give the sites of runs counted by something; a site counts in the group that the newest list gives it."""
    column = {By.PLATFORM: OBSERVATION.c.platform, By.ADDRESS: OBSERVATION.c.address, By.GROUP: SITE.c.member_group}[by]  # fmt: skip
    of = OBSERVATION.c
    query = select(
        of.run_id,
        column.label("value"),
        func.count().label("observed"),
        func.sum(case((of.reachable, 1), else_=0)).label("reachable"),
        func.sum(case((of.protected, 1), else_=0)).label("protected"),
    )
    if by is By.GROUP:
        query = query.join(SITE, SITE.c.id == of.site_id)
    query = query.where(of.run_id.in_([run.id for run in runs])).group_by(of.run_id, column)
    with engine.connect() as connection:
        return tuple(
            Part(row.run_id, read(row.value or ""), row.observed, row.reachable, row.protected)
            for row in connection.execute(query)
        )


def newest(engine: Engine, past: Past, site: str) -> tuple[Standing, SiteVerdict] | None:
    """Give what the last observation of a site came to, with the whole verdict; None where there is none."""
    query = columns((VERDICT.c.packed,)).where(SITE.c.site == held(site), OBSERVATION.c.id == SITE.c.latest)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else (standing_of(row), past.verdict_of(row))


def sites_of(engine: Engine, member: str) -> tuple[Member, ...]:
    """Give the sites of a member, in the order in which they were first listed."""
    query = select(SITE).where(SITE.c.member == held(member)).order_by(SITE.c.id)
    with engine.connect() as connection:
        return tuple(map(member_of, connection.execute(query)))


def _turn(row: Any) -> Turn | None:
    if row.turn_state is None:
        return None
    before = None if row.turn_before is None else moment(row.turn_before)
    return Turn(State(row.turn_state), State(row.turn_was), Severity(row.turn_severity), before)
