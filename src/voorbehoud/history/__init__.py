"""What was seen of thousands of sites, and when: a ledger that loses nothing, observations that are kept whole."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .changes import Change, Stuck
    from .counts import RunCount
    from .ledger import Progress, Run
    from .past import Standing, UseStanding
    from .roll import By, Part, Seen, Turn
    from .store import Store, open_store

__all__ = [
    "By",
    "Change",
    "Part",
    "Progress",
    "Run",
    "RunCount",
    "Seen",
    "Standing",
    "Store",
    "Stuck",
    "Turn",
    "UseStanding",
    "open_store",
]

_PLACES = {
    **dict.fromkeys(("Change", "Stuck"), "changes"),
    **dict.fromkeys(("Progress", "Run"), "ledger"),
    **dict.fromkeys(("Standing", "UseStanding"), "past"),
    **dict.fromkeys(("By", "Part", "Seen", "Turn"), "roll"),
    **dict.fromkeys(("Store", "open_store"), "store"),
    "RunCount": "counts",
}


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for: who packs an observation for the store needs no database."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    globals()[name] = found
    return found
