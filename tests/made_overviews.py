"""An overview of many sites made by hand, with what is hard to lay out, and a member's own report."""

from datetime import timedelta
from functools import cache

import report_verdicts
from voorbehoud.core.evidence import Origin
from voorbehoud.core.finding import Finding, Severity
from voorbehoud.evaluate.drift import State
from voorbehoud.evaluate.verdict import SiteVerdict, Verdict
from voorbehoud.report import charts, member, overview_page
from voorbehoud.report.overview import Census, Changed, Cut, Overview, Point, Round, Site
from voorbehoud.report.shares import Share

WHEN = report_verdicts.WHEN
WEEK = timedelta(days=7)
LONG = "een-heel-lange-naam-zonder-spaties" * 8


def verdict(number: int) -> SiteVerdict:
    """Give a site: every third is reserved, every seventh gave no answer."""
    unset = report_verdicts.use_verdict(strict=Verdict.UNSET)
    url = f"https://{number}.example" if number else f"https://{LONG[:60]}.example"
    return report_verdicts.site(
        report_verdicts.resource(None if number % 3 == 0 else unset, url=url),
        protected=number % 3 == 0,
        reachable=number % 7 != 1,
        url=url,
    )


def course(first: int = 120) -> tuple[Point, ...]:
    """Give three runs; the first had `first` sites."""
    sizes = ((1, first), (2, 120), (3, 120))
    return tuple(
        Point(run, WHEN + run * WEEK, size, Share(min(size, 20 + 10 * run), size)) for run, size in sizes
    )


def overview(*, public: bool = False, course: tuple[Point, ...] = course()) -> Overview:
    """Give the figures of 120 sites over three runs, the third of which is told."""
    census = Census()
    for number in range(120):
        changed = Changed(State.WEAKENED, State.PRESENT, Severity.ERROR, WHEN) if number % 40 == 0 else None
        group = ("beeld", LONG, "muziek")[number % 3] if number % 10 else ""
        census.add(
            Site(verdict(number), f"KB-{number:04}", group, "wix" if number % 4 else "", f"192.0.{number % 30}.0/24", WHEN, None, changed)
        )  # fmt: skip
    about = Round(3, WHEN + 3 * WEEK, WHEN + 3 * WEEK, 124, 2)
    return census.overview(
        about,
        course=course,
        courses={Cut.PLATFORM: {"wix": course}},
        since=course[1].at,
        tool="0.1.0",
        public=public,
    )


@cache
def documents() -> dict[str, str]:
    """Give the pages, drawn once."""
    finding = Finding(report_verdicts.BAD, Origin("https://e.nl/" + LONG, "line 3"), (("value", "x" * 300),))
    unset = report_verdicts.use_verdict(strict=Verdict.UNSET)
    lost = report_verdicts.site(
        report_verdicts.resource(unset), findings=(finding,) * 5, url="https://" + LONG[:60]
    )
    spells = (
        member.Spell(member.Held.RESERVED, WHEN, WHEN + WEEK, 2),
        member.Spell(member.Held.NOT_ALL, WHEN + 2 * WEEK, WHEN + 2 * WEEK, 1),
    )
    own = member.page([member.Own(lost, "wix", spells), member.Own(verdict(0), "", spells[:1])], "nl")
    assert charts.available()
    return {
        "overview-nl": overview_page.page(overview(), "nl", drawn=True),
        "overview-en": overview_page.page(overview(public=True), "en", drawn=True),
        "own": own,
    }
