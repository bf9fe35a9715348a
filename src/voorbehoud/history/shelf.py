"""What is kept once: bodies, header fields, verdicts and the wording of rules, each under a digest of itself.

A shelf remembers which numbers it gave to what, as far as its room allows; what it forgot it asks the database.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from sqlalchemy import Connection, Table, select

from .database import upsert_into
from .ledger import batches

Key = TypeVar("Key", bound=Hashable)

ROOM = 50_000
"""Things whose number is remembered on one shelf: some 10 MB."""


class Shelf(Generic[Key]):
    """The numbers of things in `table`, found by its column `key`."""

    def __init__(self, table: Table, key: str) -> None:
        self._table = table
        self._key = key
        self._numbers: dict[Key, int] = {}

    def unknown(self, connection: Connection, keys: Iterable[Key]) -> set[Key]:
        """Give those of `keys` that are not in the table."""
        wanted = {key for key in keys if key not in self._numbers}
        if wanted:
            self.remember(self._find(connection, wanted))
        return wanted - self._numbers.keys()

    def add(
        self, connection: Connection, keys: Iterable[Key], row: Callable[[Key], Mapping[str, object]]
    ) -> dict[Key, int]:
        """Give the number of each of `keys`; what is not there yet is put there as `row` says.

        What another process adds at the same moment is waited for: always in the same order, so that no two wait for each other.
        The numbers of what was put there are remembered by `remember`, once the transaction holds.
        """
        wanted = set(keys)
        found = {key: self._numbers[key] for key in wanted if key in self._numbers}
        missing = sorted(wanted - found.keys())  # type: ignore[type-var]
        if missing:
            found |= self._find(connection, missing)
            new = [row(key) for key in missing if key not in found]
            if new:
                connection.execute(upsert_into(connection, self._table).on_conflict_do_nothing(), new)
                found |= self._find(connection, missing)
        return found

    def remember(self, numbers: Mapping[Key, int]) -> None:
        if len(self._numbers) + len(numbers) > ROOM:
            self._numbers.clear()
        self._numbers.update(numbers)

    def _find(self, connection: Connection, keys: Iterable[Key]) -> dict[Key, int]:
        column = self._table.c[self._key]
        return {
            row[0]: row[1]
            for batch in batches(keys)
            for row in connection.execute(select(column, self._table.c.id).where(column.in_(batch)))
        }
