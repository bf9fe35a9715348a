"""A site goes out of the store for good: its visits, verdicts and changes, and every byte that only it had sent."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, delete, exists, select

from ..core.errors import UserError
from .database import alone, writing
from .ledger import batches
from .marks import held, stamp
from .tables import (
    BODY,
    CAPTURE,
    CHANGE,
    DELIVERY,
    HEADERS,
    JUDGEMENT,
    OBSERVATION,
    SITE,
    TARGET,
    VERDICT,
    WORKER,
)
from .worker import lost

SHELVES: tuple[tuple[Table, tuple[Column[Any], ...]], ...] = (
    (BODY, (CAPTURE.c.body_id, CAPTURE.c.tail_id)),
    (HEADERS, (CAPTURE.c.headers_id,)),
    (VERDICT, (OBSERVATION.c.verdict_id, JUDGEMENT.c.verdict_id)),
)
"""What is kept once for all sites, and the columns that point at it."""


def forget(engine: Engine, site: str, me: int | None, now: datetime) -> int | None:
    """Delete everything that was kept of a site, in one transaction; give how many visits that was, None where it is not known.

    `me`: the number of the caller as a worker.  Raises UserError while somebody else works at the store: a crawl remembers
    what stands on the shelves.
    """
    with writing(engine) as connection:
        alone(connection)
        number = connection.execute(select(SITE.c.id).where(SITE.c.site == held(site))).scalar()
        if number is None:
            return None
        if _is_at_work(connection, me, now):
            raise UserError(
                "A crawl is at work on this store, or ended less than fifteen minutes ago on another machine. "
                "Nothing was forgotten: try again when it is done."
            )
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is deleted is overwritten as well
        with _pointing(connection):
            visits = _forget(connection, number)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # the log beside the file held it too
            connection.commit()
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return visits


def _is_at_work(connection: Connection, me: int | None, now: datetime) -> bool:
    heard = connection.execute(select(WORKER.c.id).where(WORKER.c.alive_until >= stamp(now))).scalars()
    others = tuple(worker for worker in heard if worker != me)
    return len(lost(connection, others, now)) < len(others)


def _forget(connection: Connection, site: int) -> int:
    mine = select(OBSERVATION.c.id).where(OBSERVATION.c.site_id == site)
    told = select(CHANGE.c.id).where(CHANGE.c.site_id == site)
    held_by = {
        CAPTURE: CAPTURE.c.observation_id.in_(mine),
        JUDGEMENT: JUDGEMENT.c.observation_id.in_(mine),
        OBSERVATION: OBSERVATION.c.site_id == site,
    }
    freed = {
        shelf: {
            number
            for column in columns
            for number in connection.execute(select(column).where(held_by[column.table])).scalars()
            if number is not None
        }
        for shelf, columns in SHELVES
    }
    connection.execute(delete(DELIVERY).where(DELIVERY.c.change_id.in_(told)))
    connection.execute(delete(CHANGE).where(CHANGE.c.site_id == site))
    connection.execute(delete(JUDGEMENT).where(held_by[JUDGEMENT]))
    connection.execute(delete(CAPTURE).where(held_by[CAPTURE]))
    visits = connection.execute(delete(OBSERVATION).where(held_by[OBSERVATION])).rowcount
    connection.execute(delete(TARGET).where(TARGET.c.site_id == site))
    connection.execute(delete(SITE).where(SITE.c.id == site))
    for shelf, columns in SHELVES:
        unused = [~exists().where(column == shelf.c.id) for column in columns]
        for batch in batches(freed[shelf]):
            connection.execute(delete(shelf).where(shelf.c.id.in_(batch), *unused))
    return visits


@contextmanager
def _pointing(connection: Connection) -> Iterator[None]:
    """Let the database find what points at a row while the block lasts; else each row that goes costs it a look at all captures.

    A crawl has no use for these indexes, and would pay for them with every answer.
    """
    columns = [*itertools.chain.from_iterable(columns for _, columns in SHELVES), CHANGE.c.observation_id]
    names = [f"forgetting_{column.table.name}_{column.name}" for column in columns]
    for name, column in zip(names, columns, strict=True):
        connection.exec_driver_sql(f"CREATE INDEX {name} ON {column.table.name} ({column.name})")
    yield
    for name in names:
        connection.exec_driver_sql(f"DROP INDEX {name}")
