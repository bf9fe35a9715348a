"""One visit of one site and the verdict it got: what a history keeps, evidence proves and reports count."""

from dataclasses import dataclass
from datetime import datetime

from ..core.evidence import Capture
from .verdict import SiteVerdict


@dataclass(frozen=True, slots=True)
class Observation:
    """What a site answered between `started` and `finished` (UTC), in the order asked, and what followed from it.

    `tool`: the version of this program that fetched.  The version of the rules that judged stands in `verdict`.
    """

    site: str
    captures: tuple[Capture, ...]
    started: datetime
    finished: datetime
    verdict: SiteVerdict
    tool: str
