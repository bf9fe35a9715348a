"""From the address of a store to a database that is ready: reached, made and brought up to date."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from ..core.errors import UserError
from .marks import TOOL, stamp
from .steps import STEPS, WORDS

NEWEST = len(STEPS)

PATIENCE = 60
"""Seconds that one process waits for another one's transaction."""

ALONE = 0x766F6F72
"""The number of PostgreSQL's advisory lock for what only one process may do: migrate, begin a run, claim."""

WAY_IN = "Give a file (--store members.db) or an address such as postgresql://user@host/database."


def is_server(address: str) -> bool:
    return "://" in address


def connect(address: str, *, create: bool) -> Engine:
    """Give the engine for `address`, a path or `postgresql://…`.  Nothing of the tables is looked at yet.

    Raises UserError where there is no such store and `create` is False, or it cannot be reached.
    """
    engine = _server(address) if is_server(address) else _file(Path(address), create)
    shown = _shown(engine, address)

    @event.listens_for(engine, "handle_error")
    def tell(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if isinstance(error, DBAPIError) and not context.is_pre_ping and _is_of_the_machine(error):
            raise unusable(error, shown) from error

    return engine


def _file(path: Path, create: bool) -> Engine:
    if not path.exists():
        if not create:
            raise UserError(
                f"{path}: there is no such store. voorbehoud crawl SITES --store {path} makes it."
            )
        if not path.absolute().parent.is_dir():
            raise UserError(f"{path}: the folder {path.absolute().parent} is not there. Make it first.")
    elif not path.is_file():
        raise UserError(f"{path}: not a file. {WAY_IN}")
    # Not as text: a path may hold what has a meaning in an address.
    place = URL.create("sqlite", database=str(path.absolute()))
    engine = create_engine(place, connect_args={"timeout": PATIENCE})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say ourselves when a transaction begins
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(
            "PRAGMA synchronous = NORMAL"
        )  # a killed process loses nothing; a power cut whole transactions
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads and then writes is refused when another one wrote in between; waiting at its begin
        # is what the busy timeout can do.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _server(address: str) -> Engine:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise UserError(f"{address}: not an address of a store. {WAY_IN}") from error
    if url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise UserError(f"{url.drivername}: this kind of database is not known. {WAY_IN}")
    try:
        import psycopg  # noqa: F401  the extra `postgres`
    except ImportError as error:
        raise UserError(
            "A store in PostgreSQL needs psycopg. Type: pip install 'voorbehoud[postgres]'"
        ) from error
    return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)


def upsert_into(connection: Connection, table: Table) -> Any:
    """Give an INSERT that can say what is to happen where the row is there already."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # as long to import as all of SQLite's part

        return postgresql.insert(table)
    return sqlite.insert(table)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that may write; it ends with the block, undone where that raises."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def alone(connection: Connection) -> None:
    """Keep every other process out of what is done alone until this transaction ends.  SQLite has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ALONE})")


def together(connection: Connection) -> None:
    """Keep out who is `alone` until this transaction ends: it locks sites in another order than keeping does."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({ALONE})")


def make_ready(engine: Engine, address: str, now: datetime, *, create: bool, newest: int = NEWEST) -> None:
    """Bring the tables up to step `newest`.  Raises UserError where the database is not ours, or newer than this program."""
    shown = _shown(engine, address)
    try:
        with engine.connect() as connection:
            version = version_of(connection, shown)
        if version is None and not create:
            raise UserError(f"{shown}: holds no store yet. voorbehoud crawl SITES --store {shown} makes it.")
        if version == newest:
            return
        with writing(engine) as connection:
            alone(connection)
            version = version_of(connection, shown) or 0  # another process may have been first
            words = WORDS[connection.dialect.name]
            for number, step in enumerate(STEPS[version:newest], start=version + 1):
                for statement in step:
                    connection.exec_driver_sql(statement.format(**words))
                connection.execute(
                    text("INSERT INTO schema_version (version, applied, tool) VALUES (:v, :at, :tool)"),
                    {"v": number, "at": stamp(now), "tool": TOOL},
                )
    except DBAPIError as error:
        raise unusable(error, shown) from error


def version_of(connection: Connection, shown: str) -> int | None:
    """Give the step that the tables are at; None where there are no tables at all."""
    names = inspect(connection).get_table_names()
    if "schema_version" not in names:
        if names:
            raise UserError(
                f"{shown}: holds other tables ({', '.join(sorted(names)[:3])}), not a store. {WAY_IN}"
            )
        return None
    version: Any = connection.execute(text("SELECT max(version) FROM schema_version")).scalar()
    if not isinstance(version, int):
        raise UserError(f"{shown}: its table schema_version is not that of a store. {WAY_IN}")
    if version > NEWEST:
        raise UserError(
            f"{shown}: was written by a newer voorbehoud (tables {version}, this program knows {NEWEST}). "
            "Nothing was changed. Update this one: pip install --upgrade voorbehoud"
        )
    return version


# ---- what goes wrong ---------------------------------------------------------------------------------------------------
SAFE = "What was stored before is safe: type the same command again then."

FAULTS = {
    sqlite3.SQLITE_READONLY: "may not be written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_IOERR: "its disk reports a fault",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_NOTADB: "not a store, nor any SQLite file",
}
"""What SQLite says of a file or disk that is not as it should be, by the first byte of its codes."""

WAYS_OUT = {
    sqlite3.SQLITE_READONLY: "SQLite writes beside a store also to read it: copy it to a folder of yours.",
    sqlite3.SQLITE_CANTOPEN: "SQLite writes beside a store also to read it: copy it to a folder of yours.",
    sqlite3.SQLITE_IOERR: f"Mend that, or copy the store to another disk. {SAFE}",
    sqlite3.SQLITE_CORRUPT: "Go on with the newest copy of it; `sqlite3 FILE .recover` saves what can still be read.",
    sqlite3.SQLITE_FULL: f"Make room. {SAFE}",
}


def unusable(error: DBAPIError, shown: str) -> UserError:
    """Give what our user can do about a database that does not answer as one."""
    said = str(error.orig).strip().splitlines()[0] if error.orig is not None else type(error).__name__
    code = _code(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return UserError(
            f"{shown}: another program kept it busy for {PATIENCE} seconds. Close that one and try again."
        )
    if code in FAULTS:
        return UserError(f"{shown}: {FAULTS[code]} ({said}). {WAYS_OUT.get(code, WAY_IN)}")
    if isinstance(error, OperationalError) and error.connection_invalidated:
        return UserError(f"{shown}: the connection broke off ({said}). {SAFE}")
    return UserError(f"{shown}: cannot be used ({said}). {WAY_IN}")


def _is_of_the_machine(error: DBAPIError) -> bool:
    """Tell a database that is out of order from a question of ours that is wrong."""
    code = _code(error)
    if code is not None:
        return code in FAULTS or code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return isinstance(error, OperationalError)


def _code(error: DBAPIError) -> int | None:
    """Give the code of SQLite without what it adds to it; None where another database speaks."""
    if not isinstance(error.orig, sqlite3.Error):
        return None
    return getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _shown(engine: Engine, address: str) -> str:
    """Give the address without its password: errors end up in logs."""
    return engine.url.set(drivername="postgresql").render_as_string() if is_server(address) else address
