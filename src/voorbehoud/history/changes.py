"""What changed at sites, and who was told: the outbox that alerts are sent from.

A change is written in the transaction that stores the observation which showed it.  Each channel (a mail address, a webhook) has
a delivery of its own for it, so that it is told once each, however often sending is tried.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, bindparam, func, select, update

from ..core.evidence import Origin
from ..core.finding import Severity
from ..core.member import Member
from ..core.use import Use
from ..evaluate.drift import Drift, Hold, Move, State
from ..evaluate.drift_causes import Cause, Why
from .database import upsert_into, writing
from .ledger import batches, member_of
from .marks import held, moment, read, stamp
from .tables import CHANGE, DELIVERY, SITE

MOST_MOVES = 50
"""Addresses that one change lists; the observation has them all."""

SENDING = timedelta(minutes=15)
"""How long what `pending` gave is its caller's; whoever died with it is followed by another attempt."""

PAGE = 500


class Delivery(StrEnum):
    """Where a change stands on its way through a channel."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Change:
    """`drift`: from what to what, when, where.  `causes`: what may be behind it, the likeliest first.  `observation`: the one that showed it."""

    id: int
    member: Member
    observation: int
    drift: Drift
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Stuck:
    """Changes that a channel could not be told: how many, why, and when they are tried again; `again` None: never."""

    number: int
    error: str
    again: datetime | None


# ---- rows ------------------------------------------------------------------------------------------------------------
def change_row(drift: Drift, causes: Sequence[Cause]) -> dict[str, Any]:
    """Give the columns of a change; whose it is and which observation showed it are for the caller."""
    return {
        "at": stamp(drift.at),
        "before": None if drift.before is None else stamp(drift.before),
        "state": drift.state.value,
        "was": drift.was.value,
        "severity": drift.severity.value,
        "moves": json.dumps(
            [(m.url, m.use, m.before.name.lower(), m.after.name.lower()) for m in drift.moves[:MOST_MOVES]]
        ),
        "causes": json.dumps([(c.why, c.origin.url, c.origin.where, c.detail) for c in causes]),
    }


def change_of(row: Row[Any]) -> Change:
    moves = tuple(
        Move(url, Use(use), Hold[before.upper()], Hold[after.upper()])
        for url, use, before, after in json.loads(row.moves)
    )
    drift = Drift(
        site=read(row.site),
        state=State(row.state),
        was=State(row.was),
        severity=Severity(row.severity),
        before=None if row.before is None else moment(row.before),
        at=moment(row.at),
        moves=moves,
    )
    causes = tuple(
        Cause(Why(why), Origin(url, where), detail) for why, url, where, detail in json.loads(row.causes)
    )
    return Change(row.number, member_of(row), row.observation_id, drift, causes)


def _query() -> Any:
    columns = (c for c in CHANGE.c if c.name not in {"id", "site_id"})
    return select(
        CHANGE.c.id.label("number"), *columns, SITE.c.site, SITE.c.member, SITE.c.media, SITE.c.member_group
    ).join(SITE, SITE.c.id == CHANGE.c.site_id)


# ---- reading ---------------------------------------------------------------------------------------------------------
def changes(
    engine: Engine, since: datetime | None, until: datetime | None, site: str | None
) -> Iterator[Change]:
    """Yield changes in the order in which they were found."""
    query = _query()
    if since is not None:
        query = query.where(CHANGE.c.at >= stamp(since))
    if until is not None:
        query = query.where(CHANGE.c.at < stamp(until))
    if site is not None:
        query = query.where(SITE.c.site == held(site))
    last = 0
    while True:
        with engine.connect() as connection:
            rows = connection.execute(query.where(CHANGE.c.id > last).order_by(CHANGE.c.id).limit(PAGE)).all()
        yield from map(change_of, rows)
        if len(rows) < PAGE:
            return
        last = rows[-1].number


def newest(engine: Engine, count: int) -> tuple[Change, ...]:
    """Give the changes that were found last, the newest first."""
    with engine.connect() as connection:
        rows = connection.execute(_query().order_by(CHANGE.c.id.desc()).limit(count)).all()
    return tuple(map(change_of, rows))


# ---- the outbox ------------------------------------------------------------------------------------------------------
def pending(
    engine: Engine, channel: str, now: datetime, limit: int, since: datetime | None, member: str | None
) -> tuple[Change, ...]:
    """Give changes that the channel is to be told in one message; nobody else gets them while SENDING lasts."""
    with writing(engine) as connection:
        _alone(connection, channel)
        found = next(_due(connection, channel, now, limit, since, member), ())
        if found:
            values = {"state": Delivery.SENDING.value, "again": stamp(now + SENDING)}
            upsert = upsert_into(connection, DELIVERY).on_conflict_do_update(
                index_elements=["channel", "change_id"], set_={**values, "attempts": DELIVERY.c.attempts + 1}
            )
            row = {"channel": held(channel), "attempts": 1, "error": "", **values}
            connection.execute(upsert, [{"change_id": change.id, **row} for change in found])
    return found


def due(
    engine: Engine, channel: str, now: datetime, limit: int, since: datetime | None, member: str | None
) -> tuple[tuple[Change, ...], ...]:
    """Give what `pending` would give, call after call, and claim nothing; of what was never tried, the first `limit`."""
    with engine.connect() as connection:
        return tuple(_due(connection, channel, now, limit, since, member))


def members(engine: Engine, channel: str, now: datetime, since: datetime | None) -> tuple[str, ...]:
    """Give the members of whose sites there are changes that are pending, sorted."""
    tried, fresh = _tried(channel, now), _fresh(channel, since)
    with engine.connect() as connection:
        found = {row.member for query in (tried, fresh) for row in connection.execute(query)}
    return tuple(sorted(map(read, found)))


def _due(
    connection: Connection,
    channel: str,
    now: datetime,
    limit: int,
    since: datetime | None,
    member: str | None,
) -> Iterator[tuple[Change, ...]]:
    """Yield what was tried before, as it was tried together, then what never was.

    Who died with a message may have sent it: only when the same changes travel together again can it be known for the same.
    What was claimed or failed together has one `again`, to the microsecond.
    """
    tried, fresh = _tried(channel, now), _fresh(channel, since)
    if member is not None:
        tried, fresh = (query.where(SITE.c.member == held(member)) for query in (tried, fresh))
    tried = tried.add_columns(DELIVERY.c.again).order_by(DELIVERY.c.again, CHANGE.c.id)
    for _, together in groupby(connection.execute(tried), key=lambda row: row.again):
        yield tuple(map(change_of, together))
    if found := tuple(map(change_of, connection.execute(fresh.order_by(CHANGE.c.id).limit(limit)))):
        yield found


def _tried(channel: str, now: datetime) -> Any:
    waits = DELIVERY.c.state.in_((Delivery.SENDING.value, Delivery.FAILED.value))
    joined = _query().join(DELIVERY, _here(channel))
    return joined.where(waits, DELIVERY.c.again <= stamp(now))


def _fresh(channel: str, since: datetime | None) -> Any:
    query = _query().outerjoin(DELIVERY, _here(channel)).where(DELIVERY.c.change_id.is_(None))
    return query if since is None else query.where(CHANGE.c.at >= stamp(since))


def _here(channel: str) -> Any:
    return and_(DELIVERY.c.change_id == CHANGE.c.id, DELIVERY.c.channel == held(channel))


def delivered(engine: Engine, channel: str, told: Sequence[Change]) -> None:
    """Note that a channel was told."""
    _note(engine, channel, told, Delivery.SENT, None, "")


def failed(engine: Engine, channel: str, told: Sequence[Change], error: str, again: datetime | None) -> None:
    """Note that sending failed, why, and when to try again; `again` None: never."""
    state = Delivery.GIVEN_UP if again is None else Delivery.FAILED
    _note(engine, channel, told, state, None if again is None else stamp(again), error)


def attempts(engine: Engine, channel: str, told: Sequence[Change]) -> dict[int, int]:
    """Give how often sending was tried, by the number of the change."""
    counted: dict[int, int] = {}
    with engine.connect() as connection:
        for batch in batches([change.id for change in told]):
            query = select(DELIVERY.c.change_id, DELIVERY.c.attempts).where(
                DELIVERY.c.channel == held(channel), DELIVERY.c.change_id.in_(batch)
            )
            counted.update((row.change_id, row.attempts) for row in connection.execute(query))
    return counted


def stuck(engine: Engine, channel: str) -> tuple[Stuck, ...]:
    """Give what a channel could not be told so far, what waits longest first."""
    query = (
        select(DELIVERY.c.state, DELIVERY.c.error, DELIVERY.c.again, func.count().label("number"))
        .where(
            DELIVERY.c.channel == held(channel),
            DELIVERY.c.state.in_((Delivery.FAILED.value, Delivery.GIVEN_UP.value)),
        )
        .group_by(DELIVERY.c.state, DELIVERY.c.error, DELIVERY.c.again)
        .order_by(DELIVERY.c.again, DELIVERY.c.error)
    )
    with engine.connect() as connection:
        return tuple(
            Stuck(row.number, read(row.error), None if row.again is None else moment(row.again))
            for row in connection.execute(query)
        )


def hurry(engine: Engine, channel: str, now: datetime) -> None:
    """Let what failed be tried at once, still together with what it was tried with."""
    here = and_(DELIVERY.c.channel == held(channel), DELIVERY.c.state == Delivery.FAILED.value)
    with writing(engine) as connection:
        _alone(connection, channel)
        times = select(DELIVERY.c.again).where(here, DELIVERY.c.again > stamp(now)).distinct()
        for number, again in enumerate(connection.execute(times.order_by(DELIVERY.c.again)).scalars().all()):
            moved = stamp(now - timedelta(hours=1) + timedelta(microseconds=number))
            connection.execute(update(DELIVERY).where(here, DELIVERY.c.again == again).values(again=moved))


def revive(engine: Engine, channel: str, members: Collection[str], error: str, now: datetime) -> None:
    """Let what was given up for `error` be tried again, where it befell sites of `members`."""
    given_up = (
        select(SITE.c.member)
        .distinct()
        .select_from(DELIVERY)
        .join(CHANGE, CHANGE.c.id == DELIVERY.c.change_id)
        .join(SITE, SITE.c.id == CHANGE.c.site_id)
        .where(*_given_up(channel, error))
    )
    with engine.connect() as connection:
        again = [name for name in connection.execute(given_up).scalars() if read(name) in members]
    if again:
        with writing(engine) as connection:
            _alone(connection, channel)
            for batch in batches(again):
                theirs = select(CHANGE.c.id).join(SITE, SITE.c.id == CHANGE.c.site_id)
                row = update(DELIVERY).where(
                    *_given_up(channel, error),
                    DELIVERY.c.change_id.in_(theirs.where(SITE.c.member.in_(batch))),
                )
                connection.execute(row.values(state=Delivery.FAILED.value, again=stamp(now)))


def _given_up(channel: str, error: str) -> tuple[Any, ...]:
    return (
        DELIVERY.c.channel == held(channel),
        DELIVERY.c.state == Delivery.GIVEN_UP.value,
        DELIVERY.c.error == held(error),
    )


def _note(
    engine: Engine, channel: str, told: Sequence[Change], state: Delivery, again: str | None, error: str
) -> None:
    if told:
        with writing(engine) as connection:
            row = update(DELIVERY).where(
                DELIVERY.c.channel == held(channel), DELIVERY.c.change_id == bindparam("number")
            )
            row = row.values(state=state.value, again=again, error=held(error))
            connection.execute(row, [{"number": change.id} for change in told])


def _alone(connection: Connection, channel: str) -> None:
    """Keep a second sender of the same channel waiting."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"voorbehoud {channel}",))
