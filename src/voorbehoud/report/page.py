"""The result as one HTML page that a maker can read, keep and print: no script, nothing loaded from anywhere."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from .. import i18n
from ..advice import advice, html
from ..core.finding import Severity
from ..evaluate.verdict import Platform, SiteVerdict, Verdict
from .sheet import sheet
from .told import ANSWER_MARKS, SEVERITY_MARKS, answer, for_whom, sampled, told
from .wire import printable

PLACES = 5
"""Places of one finding that are listed at once; the others fold away."""

VERDICT_MARKS: Mapping[Verdict, str] = MappingProxyType(
    {Verdict.RESERVED: "●", Verdict.NOT_RESERVED: "○", Verdict.UNSET: "–", Verdict.UNDETERMINED: "?"}
)

NO_NAMES: Mapping[str, str] = MappingProxyType({})


def page(
    sites: Sequence[SiteVerdict],
    lang: str,
    *,
    before: Sequence[SiteVerdict] | None = None,
    tool: str | None = None,
    names: Mapping[str, str] = NO_NAMES,
) -> str:
    """Give the report on `sites` as one self-contained HTML page in `lang` (`nl` or `en`).

    `before`: earlier verdicts on the same sites, matched by origin; the page then opens with the comparison.
    `tool`: the version to name as evidence; None: the one that is installed.
    `names`: what people call a site, by its origin, where the address alone tells them little.
    Text from the wire is escaped, only http and https addresses become links, and the content security policy
    of the page allows nothing but its own style sheet.
    """
    return sheet(
        "report.html",
        ("report.css",),
        lang=lang,
        say=lambda key, **blanks: i18n.say(key, lang, **blanks),
        count=lambda key, number: i18n.count(key, number, lang),
        name=partial(i18n.name, lang=lang),
        signal_name=partial(i18n.signal_name, lang=lang),
        where=lambda place: printable(i18n.where(place, lang)),
        tool=tool or version("voorbehoud"),
        names=names,
        sites=[_view(site, number, lang) for number, site in enumerate(sites, start=1)],
        before=None if before is None else {site.site: answer(site, lang) for site in before},
        answer_marks=ANSWER_MARKS,
        severity_marks=SEVERITY_MARKS,
        verdict_marks=VERDICT_MARKS,
        places=PLACES,
    )


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
        "platforms": [_advice(platform, lang) for platform in site.platforms],
        "sampled": sampled(site, lang),
        "checked": i18n.moment(site.checked, lang),
        "for_whom": {verdict.use: for_whom(verdict, lang) for verdict in site.uses},
    }


def _advice(platform: Platform, lang: str) -> dict[str, Any]:
    page = advice(platform.name, lang)
    # Markup: the pages are ours and ship with the package; what shows the platform is from the wire and stays text.
    return {
        "title": page.title,
        "short": Markup(html(page.short)),  # noqa: S704
        "rest": Markup(html(page.rest)),  # noqa: S704
        "evidence": platform.evidence,
    }
