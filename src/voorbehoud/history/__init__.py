"""What was seen of thousands of sites, and when: a ledger that loses nothing, observations that are kept whole."""

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
