"""The file and the server: made, recognised, refused with the way out."""

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from databases import Server
from history_stores import address, clock, sites
from made_visits import visit
from voorbehoud.core.errors import UserError
from voorbehoud.history import open_store
from voorbehoud.history.database import NEWEST, connect
from voorbehoud.history.tables import METADATA

__all__ = ["address", "clock"]


def test_the_steps_lead_to_the_tables_that_the_program_knows(address: str) -> None:
    open_store(address).close()
    engine = connect(address, create=False)
    found = inspect(engine)
    assert set(found.get_table_names()) == set(METADATA.tables)
    for table in METADATA.sorted_tables:
        columns = {
            c["name"]: (c["type"].as_generic()._type_affinity, c["nullable"])
            for c in found.get_columns(table.name)
        }
        wanted = {
            c.name: (c.type.dialect_impl(engine.dialect).as_generic()._type_affinity, bool(c.nullable))
            for c in table.columns
        }
        if engine.dialect.name == "sqlite":  # a primary key in SQLite does not say NOT NULL
            keys = {c.name for c in table.primary_key}
            columns = {name: (kind, null and name not in keys) for name, (kind, null) in columns.items()}
        assert columns == wanted, table.name
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [
            c.name for c in table.primary_key
        ]
        links = {
            (f["constrained_columns"][0], f["referred_table"]) for f in found.get_foreign_keys(table.name)
        }
        assert links == {(f.parent.name, f.column.table.name) for f in table.foreign_keys}
        indexes = {i["name"] for i in found.get_indexes(table.name) if not i.get("duplicates_constraint")}
        assert indexes == {index.name for index in table.indexes}
    engine.dispose()


def test_a_store_can_be_opened_again(address: str) -> None:
    open_store(address).close()
    open_store(address, create=False).close()


def test_a_store_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "members.db"
    open_store(str(file)).close()
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO schema_version VALUES (?, 'later', '9.0')", (NEWEST + 1,))
    database.close()
    with pytest.raises(
        UserError, match=r"members\.db: was written by a newer voorbehoud .* pip install --upgrade"
    ):
        open_store(str(file))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no\.db: there is no such store\. voorbehoud crawl SITES --store"):
        open_store(str(tmp_path / "no.db"), create=False)
    assert not (tmp_path / "no.db").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the folder .* is not there"):
        open_store(str(tmp_path / "no" / "members.db"))


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a file"):
        open_store(str(tmp_path))


def test_a_file_of_something_else_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "leden.csv"
    file.write_text("site,member\n" + "https://a.example,1\n" * 100, encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(UserError, match=r"leden\.csv: not a store, nor any SQLite file"):
        open_store(str(file))
    assert file.read_bytes() == before


def test_a_database_of_somebody_else_gets_no_table_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE photo (name TEXT)")
    database.close()
    with pytest.raises(UserError, match=r"other\.db: holds other tables \(photo\)"):
        open_store(str(file))
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("photo",)]
    database.close()


def test_an_empty_database_is_no_store_for_who_only_reads(postgres: Server) -> None:
    with pytest.raises(UserError, match="holds no store yet"):
        open_store(postgres.database(), create=False)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://a/b", "mysql: this kind of database is not known"),
        (
            "postgresql://x:geheim@127.0.0.1:1/none",
            r"postgresql://x:\*\*\*@127\.0\.0\.1:1/none: cannot be used",
        ),
        ("://members", "://members: not an address of a store"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        open_store(address)
    assert "geheim" not in str(caught.value)


def test_every_table_and_every_question_of_the_docs_is_right(address: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / "store.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| ", text, re.MULTILINE)) >= set(METADATA.tables)
    questions = re.findall(r"```sql\n(.*?);\n```", text, re.DOTALL)
    assert questions
    open_store(address).close()
    engine = connect(address, create=False)
    with engine.connect() as connection:
        for question in questions:
            connection.exec_driver_sql(question).all()
    engine.dispose()


# ---- what machines do ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["a?b.db", "a%20b.db", "a?mode=memory", "it's #1.db", "bond é.db"])
def test_a_path_is_a_path_whatever_it_holds(tmp_path: Path, name: str) -> None:
    open_store(str(tmp_path / name)).close()
    assert {path.name for path in tmp_path.iterdir()} == {name}
    open_store(str(tmp_path / name), create=False).close()


def test_a_damaged_page_is_told_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "members.db"
    with open_store(str(file)) as store:
        run = store.begin(sites(1))
        store.claim(run, 1)
        store.keep(run, [visit(sites(1)[0].site)])
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'observation'").fetchone()
    database.close()
    body = bytearray(file.read_bytes())
    body[(page - 1) * 4096 : page * 4096] = bytes(4096)
    file.write_bytes(body)
    with open_store(str(file)) as store, pytest.raises(UserError, match=r"is damaged .* \.recover"):
        list(store.standings())


def test_a_full_disk_is_told_and_what_was_stored_is_safe(tmp_path: Path) -> None:
    first, second = sites(2)
    with open_store(str(tmp_path / "members.db")) as store:
        run = store.begin([first, second])
        store.claim(run, 2)
        store.keep(run, [visit(first.site)])
        with store._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        big = visit(second.site, page=bytes(range(256)) * 4096)
        with pytest.raises(UserError, match=r"disk is full .* Make room\. What was stored before is safe"):
            store.keep(run, [big])
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert store.progress(run).done == 1
        store.keep(run, [big])
        assert [standing.member.site for standing in store.standings()] == [first.site, second.site]


def test_a_connection_that_breaks_off_is_told(postgres: Server) -> None:
    with open_store(postgres.database()) as store:
        run = store.begin(sites(1))
        with store._engine.connect() as connection:
            me = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            postgres.run(f"SELECT pg_terminate_backend({me})")
            with pytest.raises(UserError, match=r"the connection broke off .* type the same command again"):
                connection.exec_driver_sql("SELECT 1")
        assert store.progress(run).total == 1, "the next one is made anew"


def test_a_question_of_ours_that_is_wrong_is_no_mistake_of_our_user(address: str) -> None:
    with open_store(address) as store, store._engine.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
