"""The result as one HTML page that a maker can read, keep and print: no script, nothing loaded from anywhere."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .. import i18n
from ..core.finding import Severity
from ..core.statement import Audience
from ..core.use import Use
from ..evaluate.verdict import SiteVerdict, UseVerdict, Verdict
from ..package_data import templates
from .answer import Answer
from .text import MARKS, SEVERITY_MARKS
from .told import answer, sampled, told
from .wire import shown

PLACES = 5
"""Places of one finding that are listed at once; the others fold away."""

VERDICT_MARKS: Mapping[Verdict, str] = MappingProxyType(
    {Verdict.RESERVED: "●", Verdict.NOT_RESERVED: "○", Verdict.UNSET: "–", Verdict.UNDETERMINED: "?"}
)


def page(
    sites: Sequence[SiteVerdict],
    lang: str,
    *,
    before: Sequence[SiteVerdict] | None = None,
    tool: str | None = None,
) -> str:
    """Give the report on `sites` as one self-contained HTML page in `lang` (`nl` or `en`).

    `before`: earlier verdicts on the same sites, matched by origin; the page then opens with the comparison.
    `tool`: the version to name as evidence; None: the one that is installed.
    Text from the wire is escaped, only http and https addresses become links, and the content security policy
    of the page allows nothing but its own style sheet.
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    earlier = {site.site: answer(site, lang) for site in before} if before is not None else None
    return _environment().get_template("page/report.html").render(
        lang=lang,
        say=partial(_say, lang),
        count=partial(_count, lang),
        name=partial(_name, lang),
        signal_name=lambda signal: i18n.signal_name(signal, lang),
        where=lambda place: shown(i18n.where(place, lang)),
        shown=shown,
        href=href,
        style=Markup(style),  # noqa: S704  ours, shipped beside the template
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        tool=tool or version("voorbehoud"),
        sites=[_view(site, number, lang) for number, site in enumerate(sites, start=1)],
        before=earlier,
        marks={verdict: mark for verdict, (mark, _) in MARKS.items()},
        severity_marks={severity: mark for severity, (mark, _) in SEVERITY_MARKS.items()},
        verdict_marks=VERDICT_MARKS,
        places=PLACES,
    )


def href(url: str) -> str | None:
    """Give `url` where it is safe to link to: http or https with a host; else None, and it is shown as text."""
    try:
        parts = urlsplit(url)
    except ValueError:  # `http://[` and the like
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or shown(url, len(url)) != url:
        return None
    return url


def _view(site: SiteVerdict, number: int, lang: str) -> dict[str, Any]:
    """Give everything that the template shows of one site; it only places words, it decides nothing."""
    found = told(site, lang)
    verdict, sentence = answer(site, lang)
    return {
        "id": f"site-{number}",
        "verdict": site,
        "answer": verdict,
        "sentence": sentence,
        "to_do": [t for t in found if t.severity.weight > Severity.INFO.weight],
        "notes": [t for t in found if t.severity is Severity.INFO],
        "good": [t for t in found if t.severity is Severity.GOOD],
        "sampled": sampled(site, lang),
        "checked": i18n.moment(site.checked, lang),
        "for_whom": {verdict.use: _for_whom(verdict, lang) for verdict in site.uses},
    }
