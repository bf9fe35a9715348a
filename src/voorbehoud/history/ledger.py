"""The ledger: which sites a run has still to look at, and who is looking.

A site is handed out by a claim and is done in the transaction that stores what was seen.  An attempt counts when it begins: a site
that takes the process down with it is given up after MOST_ATTEMPTS.  Those that were merely beside it are told apart by what
they are tried with: all together, then TOGETHER at a time, then alone, each by a worker that holds nothing else.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from sqlalchemy import (
    Case,
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from ..core.errors import UserError
from ..core.member import Member
from .database import alone, upsert_into
from .marks import TOOL, held, moment, read, stamp
from .tables import RUN, SITE, TARGET
from .worker import lost

MOST_ATTEMPTS = 3

TOGETHER = 20
"""Sites of one second attempt: of some hundred that were open, the guilty one is found in about twice the root of that many rounds."""

STALE = timedelta(days=2)
"""A run that was left alone for so long is ended by the next one: half of what it saw is old news by now."""

AT_ONCE = 1_000
"""Sites written or read with one statement."""

Item = TypeVar("Item")


class State(StrEnum):
    """Where a site of a run stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    GIVEN_UP = "given-up"
    DROPPED = "dropped"  # the run was ended before its turn


OPEN = (State.WAITING.value, State.CLAIMED.value)


@dataclass(frozen=True, slots=True)
class Run:
    """One round over a list.  `finished` None: some sites are still to be looked at."""

    id: int
    started: datetime
    finished: datetime | None
    tool: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many sites of a run stand where; `claimed` counts those of all processes."""

    waiting: int = 0
    claimed: int = 0
    done: int = 0
    given_up: int = 0
    dropped: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.claimed + self.done + self.given_up + self.dropped


def batches(items: Iterable[Item], size: int = AT_ONCE) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def member_of(row: Row[tuple[object, ...]]) -> Member:
    """Give the member of a row that has the columns of `site`."""
    return Member(
        site=read(row.site),
        member=read(row.member),
        media=tuple(read(row.media).split()),
        group=read(row.member_group),
    )


# ---- runs ------------------------------------------------------------------------------------------------------------
def unfinished(connection: Connection) -> Run | None:
    """Give the newest run that has sites left."""
    row = connection.execute(
        select(RUN).where(RUN.c.finished.is_(None)).order_by(RUN.c.id.desc()).limit(1)
    ).first()
    return run_from(row) if row is not None else None


def run_of(connection: Connection, number: int) -> Run:
    return run_from(connection.execute(select(RUN).where(RUN.c.id == number)).one())


def begin(connection: Connection, members: Iterable[Member], now: datetime, *, fresh: bool) -> Run:
    """Give the unfinished run with `members` added to it, or else a new one; `fresh` ends an unfinished one first, and so does its age.

    What the list says of a site replaces what an earlier list said.  Raises UserError for a list without a site.
    """
    alone(connection)
    run = unfinished(connection)
    if run is not None and (fresh or now - run.started > STALE):
        _drop(connection, run, now)
        run = None
    if run is None:
        row = insert(RUN).values(tool=TOOL, started=stamp(now), finished=None)
        run = run_of(connection, connection.execute(row.returning(RUN.c.id)).scalar_one())
    upsert = upsert_into(connection, SITE)
    upsert = upsert.on_conflict_do_update(
        index_elements=["site"],
        set_={name: upsert.excluded[name] for name in ("member", "media", "member_group")},
    )
    add = upsert_into(connection, TARGET)
    for batch in batches(members):
        listed = {
            held(member.site): {
                "site": held(member.site),
                "member": held(member.member),
                "media": held(" ".join(member.media)),
                "member_group": held(member.group),
            }
            for member in batch
        }
        connection.execute(upsert, list(listed.values()))
        chosen = select(literal(run.id), SITE.c.id, literal(State.WAITING.value), literal(0), null()).where(
            SITE.c.site.in_(listed)
        )
        connection.execute(
            add.from_select(
                ["run_id", "site_id", "state", "attempts", "worker_id"], chosen
            ).on_conflict_do_nothing()
        )
    take_back(connection, run, now)
    if not connection.execute(select(exists().where(TARGET.c.run_id == run.id))).scalar():
        raise UserError("The list names no site. Give one a line, such as https://atelier.example")
    return run


def finish(connection: Connection, run: Run, now: datetime) -> None:
    """Note that a run is over, where no site of it is left."""
    left = exists().where(TARGET.c.run_id == run.id, TARGET.c.state.in_(OPEN))
    connection.execute(
        update(RUN).where(RUN.c.id == run.id, RUN.c.finished.is_(None), ~left).values(finished=stamp(now))
    )


def progress(connection: Connection, run: Run) -> Progress:
    rows = connection.execute(
        select(TARGET.c.state, func.count()).where(TARGET.c.run_id == run.id).group_by(TARGET.c.state)
    )
    return Progress(**{State(state).name.lower(): count for state, count in rows})


def given_up(connection: Connection, run: Run) -> Iterator[Member]:
    """Yield the sites that took the process down MOST_ATTEMPTS times."""
    chosen = and_(TARGET.c.run_id == run.id, TARGET.c.state == State.GIVEN_UP.value)
    query = select(SITE).join(TARGET, TARGET.c.site_id == SITE.c.id).where(chosen).order_by(SITE.c.id)
    yield from map(member_of, connection.execute(query))


def _drop(connection: Connection, run: Run, now: datetime) -> None:
    left = and_(TARGET.c.run_id == run.id, TARGET.c.state.in_(OPEN))
    connection.execute(update(TARGET).where(left).values(state=State.DROPPED.value, worker_id=None))
    finish(connection, run, now)


def run_from(row: Row[tuple[object, ...]]) -> Run:
    return Run(row.id, moment(row.started), moment(row.finished) if row.finished else None, row.tool)


# ---- claims ----------------------------------------------------------------------------------------------------------
def claim(
    connection: Connection, run: Run, worker: int, count: int, now: datetime, *, attempt: bool = True
) -> dict[int, Member]:
    """Give up to `count` sites, by number, that this worker is to look at now; empty where there is nothing for it.

    `attempt` False: no attempt counts yet, because this worker does not read the sites itself: it says with `hand_back` of which
    ones the process that does so died.
    """
    alone(connection)
    found = _take(connection, run, worker, count, tried=0, attempt=attempt)
    if not found:
        take_back(connection, run, now)
        found = _take(connection, run, worker, count, tried=0, attempt=attempt)
    if not found and not _holds(connection, run, worker):
        found = _take(connection, run, worker, min(count, TOGETHER), tried=1, attempt=attempt)
        found = found or _take(connection, run, worker, 1, tried=MOST_ATTEMPTS - 1, attempt=attempt)
    if not found:
        finish(connection, run, now)
        return {}
    rows = connection.execute(select(SITE).where(SITE.c.id.in_(found)).order_by(SITE.c.id))
    return {row.id: member_of(row) for row in rows}


def take_back(connection: Connection, run: Run, now: datetime) -> None:
    """Take the sites of workers that will not come back away from them."""
    claimed = and_(TARGET.c.run_id == run.id, TARGET.c.state == State.CLAIMED.value)
    workers = tuple(connection.execute(select(TARGET.c.worker_id).where(claimed).distinct()).scalars())
    if gone := lost(connection, workers, now):
        connection.execute(
            update(TARGET)
            .where(claimed, TARGET.c.worker_id.in_(gone))
            .values(state=_again(TARGET.c.attempts), worker_id=None)
        )


def hand_back(
    connection: Connection,
    run: Run,
    worker: int,
    sites: Collection[int] | None,
    *,
    blame: int,
    attempt: bool = True,
) -> None:
    """Let go of sites that this worker holds (None: of all).  `blame`: so many attempts count, for they failed.

    `attempt`: as they were claimed.
    """
    chosen = and_(
        TARGET.c.run_id == run.id, TARGET.c.state == State.CLAIMED.value, TARGET.c.worker_id == worker
    )
    if sites is not None:
        chosen = and_(chosen, TARGET.c.site_id.in_(sites))
    attempts = TARGET.c.attempts + int(blame) - int(attempt)  # a True would be no number to PostgreSQL
    values = {"state": _again(attempts) if blame else State.WAITING.value, "attempts": attempts}
    connection.execute(update(TARGET).where(chosen).values(worker_id=None, **values))


def done(connection: Connection, run: Run, worker: int, sites: Collection[int]) -> set[int]:
    """Mark sites as done; give those that this worker still held: the others are somebody else's by now."""
    chosen = and_(
        TARGET.c.run_id == run.id,
        TARGET.c.state == State.CLAIMED.value,
        TARGET.c.worker_id == worker,
        TARGET.c.site_id.in_(sites),
    )
    row = update(TARGET).where(chosen).values(state=State.DONE.value, worker_id=None)
    return set(connection.execute(row.returning(TARGET.c.site_id)).scalars())


def _again(attempts: ColumnElement[int]) -> Case[str]:
    return case((attempts >= MOST_ATTEMPTS, State.GIVEN_UP.value), else_=State.WAITING.value)


def _take(
    connection: Connection, run: Run, worker: int, count: int, *, tried: int, attempt: bool
) -> list[int]:
    """Claim sites that were tried so often."""
    chosen = (
        select(TARGET.c.site_id)
        .where(TARGET.c.run_id == run.id, TARGET.c.state == State.WAITING.value, TARGET.c.attempts == tried)
        .order_by(TARGET.c.site_id)
        .limit(count)
    )
    row = update(TARGET).where(TARGET.c.run_id == run.id, TARGET.c.site_id.in_(chosen))
    values = {"state": State.CLAIMED.value, "attempts": TARGET.c.attempts + int(attempt), "worker_id": worker}
    return list(connection.execute(row.values(values).returning(TARGET.c.site_id)).scalars())


def _holds(connection: Connection, run: Run, worker: int) -> bool:
    claimed = and_(TARGET.c.run_id == run.id, TARGET.c.state == State.CLAIMED.value)
    return bool(connection.execute(select(exists().where(claimed, TARGET.c.worker_id == worker))).scalar())
