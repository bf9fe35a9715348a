"""Many makers on one host: one list, one ledger, and each maker's files as `publish` writes them."""

from .ledger import Ledger, ledger_of
from .listed import Row, Tenants
from .run import Fault, News, Outcome, publish_tenants
from .undo import undo_tenants

__all__ = [
    "Fault", "Ledger", "News", "Outcome", "Row", "Tenants", "ledger_of", "publish_tenants", "undo_tenants",
]  # fmt: skip
