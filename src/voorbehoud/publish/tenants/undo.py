"""The way back for one tenant, or for all: no list is needed for it, only the ledger."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ...core.errors import UserError
from ..apply import Undone, put_back
from ..manifest import Entry
from .ledger import Ledger

BATCH = 500
"""Tenants that are taken out of the ledger together."""


def undo_tenants(ledger: Ledger, folder: Path | None, tell: Callable[[Path, Undone], None]) -> bool:
    """Give every file of one tenant (None: of all) back as it was before the first time; tell whether all could be.

    Raises UserError for a folder that is no tenant's, and where a file cannot be written; what is not undone can be undone later.
    """
    wanted: Iterable[Path] = tuple(ledger.folders())
    if folder is not None:
        wanted = [each for each in wanted if each in {folder, folder.resolve()}]
        if not wanted:
            raise UserError(
                f"{folder}: nothing was published here with this list, so there is nothing to undo."
            )
    whole, undone = True, dict[Path, tuple[Entry, ...]]()
    for each in wanted:
        done, left = put_back(ledger.manifest(each).entries.values(), ledger.original)
        undone[each] = tuple(left.values())
        tell(each, done)
        whole = whole and not left
        if len(undone) >= BATCH:  # killed before this, it finds them undone already
            ledger.forget(undone)
            undone = {}
    ledger.forget(undone)
    if ledger.empty():
        ledger.remove()
    return whole
