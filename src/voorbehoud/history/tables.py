"""The tables of the store, as the newest migration leaves them; docs/store.md explains each to whoever opens the file.

The same for SQLite and PostgreSQL.  Times are text (`2026-11-23T20:00:00.000000Z`), which sorts and reads the same in both.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from ..core.use import Use

METADATA = MetaData()

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column that says INTEGER."""


def number() -> Column[int]:
    return Column("id", Id, primary_key=True)


def points_at(name: str, where: str, *, nullable: bool = False, key: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(where), nullable=nullable, primary_key=key, autoincrement=False)


def text(name: str, *, nullable: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable, unique=unique)


VERSION = Table(
    "schema_version",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    text("applied"),
    text("tool"),
)

# ---- the ledger: who looks at what -----------------------------------------------------------------------------------
SITE = Table(
    "site",
    METADATA,
    number(),
    text("site", unique=True),
    text("member"),
    text("media"),  # origins with a space between
    text("member_group"),
    Column("latest", Id, nullable=True),  # the newest observation of it
    text("state", nullable=True),  # how it stands against `settled`, the observation that it is compared with
    text("known", nullable=True),  # the last state in which it answered
    text("weaker", nullable=True),  # the uses that are weaker than they were, a space between
    text("gone_since", nullable=True),
    Column("settled", Id, nullable=True),
    text("gone", nullable=True),  # those of `weaker` that are reserved nowhere any more
)

WORKER = Table(
    "worker",
    METADATA,
    number(),
    text("machine"),
    text("process"),  # number and start of the process, so that a number used again is not taken for it
    text("alive_until"),
)

RUN = Table(
    "run",
    METADATA,
    number(),
    text("tool"),
    text("started"),
    text("finished", nullable=True),
)

TARGET = Table(
    "target",
    METADATA,
    points_at("run_id", "run.id", key=True),
    points_at("site_id", "site.id", key=True),
    text("state"),  # waiting, claimed, done, given-up, dropped
    Column("attempts", Integer, nullable=False),
    points_at("worker_id", "worker.id", nullable=True),
    Index("target_by_state", "run_id", "state", "attempts", "site_id"),
    sqlite_with_rowid=False,
)

# ---- what was seen: kept once, whoever sent it -----------------------------------------------------------------------
BODY = Table(
    "body",
    METADATA,
    number(),
    Column("sha256", LargeBinary, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),  # zlib
)

HEADERS = Table(
    "headers",
    METADATA,
    number(),
    Column("sha256", LargeBinary, nullable=False, unique=True),
    text(
        "fields"
    ),  # JSON: [[name, value or null], …]; null: the value differs at each visit, see capture.changing
)

RULE = Table(
    "rule",
    METADATA,
    number(),
    text("name", unique=True),  # code@digest: the wording of a rule may change, what was said then stays
    text("code"),
    text("texts"),  # JSON: severity, message, why, fix, specification
)

VERDICT = Table(
    "verdict",
    METADATA,
    number(),
    Column("sha256", LargeBinary, nullable=False, unique=True),
    Column("packed", LargeBinary, nullable=False),  # zlib of JSON, see codec.py
)


def verdict_columns() -> tuple[Column[Any], ...]:
    """Give what questions are asked of a verdict; the whole of it is in `verdict_id`."""
    per_use = (
        text(f"{str(use).replace('-', '_')}_{what}", nullable=what == "audience")
        for use in Use
        for what in ("strict", "protective", "audience")
    )
    return (
        text("rules"),
        text("checked"),
        points_at("verdict_id", "verdict.id"),
        Column("protected", Boolean, nullable=False),
        Column("reachable", Boolean, nullable=False),
        Column("contradictory", Boolean, nullable=False),
        text("worst"),  # the worst severity; empty where nothing was found
        text(
            "platform"
        ),  # the first of the platforms, builders before networks; empty where none was recognised
        *per_use,
    )


OBSERVATION = Table(
    "observation",
    METADATA,
    number(),
    points_at("site_id", "site.id"),
    points_at("run_id", "run.id"),
    text("started"),
    text("finished"),
    text("tool"),
    text("agent"),  # the User-Agent that was sent
    text("address", nullable=True),  # of the server that answered for the site
    *verdict_columns(),
    Index("observation_by_site", "site_id", "id"),
    Index("observation_by_run", "run_id"),
)

CAPTURE = Table(
    "capture",
    METADATA,
    points_at("observation_id", "observation.id", key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    text("asked"),
    text("url", nullable=True),  # null: as asked
    text("kind"),
    Column("status", Integer, nullable=True),
    points_at("headers_id", "headers.id"),
    text("changing", nullable=True),  # JSON: the values that `headers.fields` leaves out, in order
    points_at("body_id", "body.id", nullable=True),  # null: empty
    text("at"),
    Column("seconds", Double, nullable=False),
    text("hops", nullable=True),  # JSON: [[url, status, [[name, value], …], at], …]
    Column("truncated", Boolean, nullable=False),
    text("failure", nullable=True),
    text("detail", nullable=True),
    text("address", nullable=True),
    text("tls", nullable=True),
    text("method", nullable=True),  # null: GET
    text("found_on", nullable=True),
    text("agent", nullable=True),  # null: that of the observation
    Column("size", BigInteger, nullable=True),  # of a body that was cut off: its whole length
    points_at("tail_id", "body.id", nullable=True),  # of a body that was cut off: its last bytes
    sqlite_with_rowid=False,
)

JUDGEMENT = Table(
    "judgement",
    METADATA,
    number(),
    points_at("observation_id", "observation.id"),
    *verdict_columns(),
    Index("judgement_by_rules", "observation_id", "rules", unique=True),
)

# ---- what changed, and who was told ----------------------------------------------------------------------------------
CHANGE = Table(
    "change",
    METADATA,
    number(),
    points_at("site_id", "site.id"),
    points_at("observation_id", "observation.id"),  # the one that showed it
    text("at"),
    text("before", nullable=True),  # when what was reserved was last seen whole
    text("state"),
    text("was"),
    text("severity"),
    text("moves"),  # JSON: [[url, use, before, after], …]
    text("causes"),  # JSON: [[why, url, where, detail], …]
    Index("change_by_site", "site_id", "id"),
    Index("change_by_time", "at"),
)

DELIVERY = Table(
    "delivery",
    METADATA,
    Column("channel", Text, primary_key=True),
    points_at("change_id", "change.id", key=True),
    text("state"),  # sending, sent, failed, given-up
    Column("attempts", Integer, nullable=False),
    text("again", nullable=True),  # not before this time
    text("error"),
    sqlite_with_rowid=False,
)
