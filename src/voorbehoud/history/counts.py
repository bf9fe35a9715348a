"""Runs in numbers, for trends."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, case, func, select

from ..evaluate.verdict import Verdict
from .ledger import Run, State, run_from
from .tables import OBSERVATION, RUN, TARGET


@dataclass(frozen=True, slots=True)
class RunCount:
    """One run in numbers of sites.  `reserved`: mining is reserved strictly, whether for everyone or not."""

    run: Run
    observed: int
    protected: int
    unreachable: int
    contradictory: int
    reserved: int
    given_up: int


def counts(engine: Engine) -> tuple[RunCount, ...]:
    """Give every run in numbers, oldest first."""
    of = OBSERVATION.c
    seen = (
        select(
            of.run_id,
            func.count().label("observed"),
            _number(of.protected).label("protected"),
            _number(~of.reachable).label("unreachable"),
            _number(of.contradictory).label("contradictory"),
            _number(of.tdm_strict == Verdict.RESERVED.value).label("reserved"),
        )
        .group_by(of.run_id)
        .subquery()
    )
    lost = (
        select(TARGET.c.run_id, func.count().label("given_up"))
        .where(TARGET.c.state == State.GIVEN_UP.value)
        .group_by(TARGET.c.run_id)
        .subquery()
    )
    query = (
        select(RUN, seen, lost.c.given_up)
        .outerjoin(seen, seen.c.run_id == RUN.c.id)
        .outerjoin(lost, lost.c.run_id == RUN.c.id)
        .order_by(RUN.c.id)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return tuple(
        RunCount(
            run=run_from(row),
            observed=row.observed or 0,
            protected=row.protected or 0,
            unreachable=row.unreachable or 0,
            contradictory=row.contradictory or 0,
            reserved=row.reserved or 0,
            given_up=row.given_up or 0,
        )
        for row in rows
    )


def _number(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
