"""The result for a spreadsheet: CSV, one row for each site, so that a union can sort and count its members."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from ..core.finding import Severity
from ..evaluate.verdict import SiteVerdict
from ..i18n import finding_text, name
from .data import instant
from .told import answer
from .wire import printable

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What Excel, LibreOffice or Google Sheets may run, the full-width forms too."""

COLUMNS = (
    "site", "protected", "answer", "tdm", "train-ai", "ai-use", "search", "audience",
    "blockers", "errors", "warnings", "notes", "worst", "worst-finding", "checked",
)  # fmt: skip


def dumps(sites: Sequence[SiteVerdict], lang: str) -> str:
    """Give the verdicts as RFC 4180 text: a byte order mark (Excel reads it as UTF-8), a row of names, a row for each site.

    Names and verdicts are words to build on, in English; `answer` and `worst-finding` are for people, in `lang`.
    `tdm` to `search` are the strict reading; `audience` is that of `tdm`.  A cell that a spreadsheet would take for a
    formula begins with an apostrophe.
    """
    out = io.StringIO()
    rows = csv.writer(out)  # the dialect `excel`: commas, CRLF, quotes where needed
    rows.writerow(COLUMNS)
    rows.writerows([harmless(cell) for cell in _row(site, lang)] for site in sites)
    return "\ufeff" + out.getvalue()


def _row(site: SiteVerdict, lang: str) -> tuple[str, ...]:
    counted = Counter(finding.severity for finding in site.findings)
    numbers = (
        counted[severity] for severity in Severity if severity is not Severity.GOOD
    )  # worst first, as COLUMNS
    worst = max(site.findings, key=lambda f: f.severity.weight, default=None)
    bad = worst is not None and worst.severity is not Severity.GOOD
    return (
        printable(site.site),
        "yes" if site.protected else "no",
        name(answer(site, lang)[0], lang),
        *(verdict.strict.value for verdict in site.uses),
        str(site.uses[0].audience or ""),
        *map(str, numbers),
        worst.code if worst is not None and bad else "",
        printable(finding_text(worst, lang)[0]) if worst is not None and bad else "",
        instant(site.checked),
    )


INSIDE = re.compile(f"([;\t] *)(?=[{re.escape(''.join(STARTS_A_FORMULA))}])")
"""Where a spreadsheet that expects semicolons or tabs, as one set to Dutch does, takes a cell for two, and runs the second."""


def harmless(cell: str) -> str:
    """Give a cell so that no spreadsheet runs it, or a part of it."""
    cell = INSIDE.sub(r"\1'", cell)
    return f"'{cell}" if cell.lstrip(" ").startswith(STARTS_A_FORMULA) else cell
