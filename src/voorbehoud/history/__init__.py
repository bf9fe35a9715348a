"""What was seen of thousands of sites, and when: a ledger that loses nothing, observations that are kept whole."""

from .ledger import Progress, Run
from .past import RunCount, Standing, UseStanding
from .store import Store, open_store

__all__ = ["Progress", "Run", "RunCount", "Standing", "Store", "UseStanding", "open_store"]
