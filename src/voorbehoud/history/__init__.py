"""What was seen of thousands of sites, and when: a ledger that loses nothing, observations that are kept whole."""

from .changes import Change
from .counts import RunCount
from .ledger import Progress, Run
from .past import Standing, UseStanding
from .store import Store, open_store

__all__ = ["Change", "Progress", "Run", "RunCount", "Standing", "Store", "UseStanding", "open_store"]
