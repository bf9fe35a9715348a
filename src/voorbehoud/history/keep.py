"""Observations into the store: everything that takes time before the transaction, everything that must hold together in it."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, insert, update

from ..evaluate.verdict import SiteVerdict
from . import codec, ledger, worker
from .database import together, writing
from .ledger import Run
from .marks import held, stamp
from .packed import Packed
from .past import Past
from .rows import Shape, address_of, capture_row, shape_text, split
from .shelf import ROOM, Shelf
from .tables import BODY, CAPTURE, CHANGE, HEADERS, OBSERVATION, RULE, SITE, VERDICT
from .watch import Noticed, memory_row, noticed

LEVEL = 1
"""Of zlib: pages become a quarter of their size; the best level makes them a fifth, and takes three times as long."""


@dataclass(slots=True)
class Parcel:
    """Observations of one call made ready: rows without the numbers of what stands on shelves, and what may be new there."""

    sites: list[int]
    observations: list[dict[str, Any]]
    captures: list[list[dict[str, Any]]]  # of each observation
    bodies: dict[bytes, bytes]
    headers: dict[bytes, str]
    verdicts: dict[bytes, bytes]
    rules: dict[str, str]
    noticed: dict[int, Noticed]


class Keeper:
    """Writes observations for one process, and remembers what it put onto the shelves."""

    def __init__(self, engine: Engine, past: Past) -> None:
        self._engine = engine
        self._past = past
        self._bodies: Shelf[bytes] = Shelf(BODY, "sha256")
        self._headers: Shelf[bytes] = Shelf(HEADERS, "sha256")
        self._verdicts: Shelf[bytes] = Shelf(VERDICT, "sha256")
        self._rules: Shelf[str] = Shelf(RULE, "name")
        self._shapes: dict[Shape, tuple[bytes, str]] = {}

    def keep(self, run: Run, me: int, seen: Mapping[int, Packed], now: datetime) -> set[int]:
        """Store what was seen of sites (by number) and mark these as done, in one transaction; give those that were ours to keep."""
        parcel = self._pack(run, seen)
        parcel.noticed = noticed(self._engine, self._past, seen)
        with self._engine.connect() as connection:
            unknown = self._bodies.unknown(connection, parcel.bodies)
        packed = {digest: zlib.compress(parcel.bodies[digest], LEVEL) for digest in unknown}
        with writing(self._engine) as connection:
            together(connection)
            worker.alive(connection, me, now)
            ours = ledger.done(connection, run, me, parcel.sites)
            if len(ours) < len(parcel.sites):
                compared = parcel.noticed
                parcel = self._pack(run, {number: seen[number] for number in seen if number in ours})
                parcel.noticed = compared
            if ours:
                remembered = self._write(connection, parcel, packed)
            ledger.finish(connection, run, now)
        if ours:
            for shelf, numbers in zip(self._shelves, remembered, strict=True):
                shelf.remember(numbers)
        return ours

    def add_verdict(self, connection: Connection, verdict: SiteVerdict) -> int:
        """Give the number of a verdict, put there where it is new."""
        body = codec.encode(verdict)
        digest = hashlib.sha256(body).digest()
        rules = codec.rules_of(verdict)
        self._rules.add(connection, rules, lambda key: rule_row(key, rules[key]))
        row = {"sha256": digest, "packed": zlib.compress(body, LEVEL)}
        return self._verdicts.add(connection, (digest,), lambda _: row)[digest]

    @property
    def _shelves(self) -> tuple[Any, ...]:
        return (self._bodies, self._headers, self._verdicts, self._rules)

    # ---- before the transaction --------------------------------------------------------------------------------------
    def _pack(self, run: Run, seen: Mapping[int, Packed]) -> Parcel:
        parcel = Parcel([], [], [], {}, {}, {}, {}, {})
        for number, observation in seen.items():
            parcel.sites.append(number)
            parcel.verdicts[observation.digest] = observation.body
            parcel.rules.update(observation.rules)
            agent = observation.captures[0].agent if observation.captures else ""
            address = address_of(observation.site, observation.captures)
            parcel.observations.append(
                {
                    "site_id": number,
                    "run_id": run.id,
                    "started": stamp(observation.started),
                    "finished": stamp(observation.finished),
                    "tool": observation.tool,
                    "agent": held(agent),
                    "address": None if address is None else held(address),
                    "verdict_id": observation.digest,
                    **observation.columns,
                }
            )
            parcel.captures.append(self._captures(parcel, observation, agent))
        return parcel

    def _captures(self, parcel: Parcel, observation: Packed, agent: str) -> list[dict[str, Any]]:
        rows = []
        for position, capture in enumerate(observation.captures):
            row = capture_row(capture, position, agent)
            shape, row["changing"] = split(capture.headers)
            known = self._shapes.get(shape)
            if known is None:
                known = self._new_shape(shape)
            digest, text = known
            parcel.headers[digest] = text
            row["headers_id"] = digest
            row["body_id"] = _put(parcel, capture.body)
            row["tail_id"] = _put(parcel, capture.tail)
            rows.append(row)
        return rows

    def _new_shape(self, shape: Shape) -> tuple[bytes, str]:
        if len(self._shapes) >= ROOM // 10:
            self._shapes.clear()
        text = shape_text(shape)
        known = self._shapes[shape] = (hashlib.sha256(text.encode()).digest(), text)
        return known

    # ---- in the transaction ------------------------------------------------------------------------------------------
    def _write(
        self, connection: Connection, parcel: Parcel, packed: Mapping[bytes, bytes]
    ) -> tuple[dict[Any, int], ...]:
        bodies = self._bodies.add(
            connection,
            parcel.bodies,
            lambda key: {
                "sha256": key,
                "size": len(parcel.bodies[key]),
                "packed": packed.get(key) or zlib.compress(parcel.bodies[key], LEVEL),
            },
        )
        headers = self._headers.add(
            connection, parcel.headers, lambda key: {"sha256": key, "fields": parcel.headers[key]}
        )
        verdicts = self._verdicts.add(
            connection,
            parcel.verdicts,
            lambda key: {"sha256": key, "packed": zlib.compress(parcel.verdicts[key], LEVEL)},
        )
        rules = self._rules.add(connection, parcel.rules, lambda key: rule_row(key, parcel.rules[key]))
        for row in parcel.observations:
            row["verdict_id"] = verdicts[row["verdict_id"]]
        numbers = {
            row.site_id: row.id
            for row in connection.execute(
                insert(OBSERVATION).returning(OBSERVATION.c.id, OBSERVATION.c.site_id), parcel.observations
            )
        }
        captures = []
        for site, rows in zip(parcel.sites, parcel.captures, strict=True):
            observation = numbers[site]
            for row in rows:
                row["observation_id"] = observation
                row["headers_id"] = headers[row["headers_id"]]
                if row["body_id"] is not None:
                    row["body_id"] = bodies[row["body_id"]]
                if row["tail_id"] is not None:
                    row["tail_id"] = bodies[row["tail_id"]]
            captures += rows
        if captures:
            insert_plainly(connection, CAPTURE, captures)
        self._write_changes(connection, parcel, numbers)
        return bodies, headers, verdicts, rules

    def _write_changes(self, connection: Connection, parcel: Parcel, numbers: Mapping[int, int]) -> None:
        sites, changes = [], []
        for site in parcel.sites:
            saw, newest = parcel.noticed[site], numbers[site]
            settled = newest if saw.memory.settled else saw.settled
            sites.append({"number": site, "newest": newest, "base": settled, **memory_row(saw.memory)})
            if saw.change is not None:
                changes.append({"site_id": site, "observation_id": newest, **saw.change})
        row = update(SITE).where(SITE.c.id == bindparam("number"))
        connection.execute(row.values(latest=bindparam("newest"), settled=bindparam("base")), sites)
        if changes:
            connection.execute(insert(CHANGE), changes)


def _put(parcel: Parcel, body: bytes) -> bytes | None:
    """Add bytes to what is kept once; give their digest, None where there are none."""
    if not body:
        return None
    digest = hashlib.sha256(body).digest()
    parcel.bodies[digest] = body
    return digest


def insert_plainly(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose values the driver takes as they are: half of what inserting costs is looking whether it does."""
    compiled = insert(table).compile(dialect=connection.dialect)
    if compiled.positional:
        in_order = itemgetter(*(compiled.positiontup or ()))
        connection.exec_driver_sql(str(compiled), list(map(in_order, rows)))
    else:
        connection.exec_driver_sql(str(compiled), list(rows))


def rule_row(name: str, texts: str) -> dict[str, object]:
    return {"name": name, "code": name.partition("@")[0], "texts": texts}
