"""The figures as one HTML page that a board can read and a printer takes: no script, nothing loaded, a table beside each chart."""

from functools import partial

from markupsafe import Markup

from .. import i18n
from . import charts
from . import overview_told as told_
from .answer import Answer
from .overview import LEAST, MOST_CHANGED, MOST_UNFETCHED, Overview, Table
from .sheet import href, sheet
from .told import ANSWER_MARKS
from .wire import printable


def page(told: Overview, lang: str, *, drawn: bool) -> str:
    """Give the report as one self-contained page in `lang`; `drawn`: with charts, see `charts.available`.

    Everything from the wire or from a list is escaped; the content security policy of the page allows nothing but its own style.
    """
    return sheet(
        "overview.html",
        ("report.css", "overview.css"),
        lang=lang,
        say=lambda key, **blanks: i18n.say(key, lang, **blanks),
        count=lambda key, number: i18n.count(key, number, lang),
        name=partial(i18n.name, lang=lang),
        day=partial(i18n.day, lang=lang),
        number=partial(i18n.grouped, lang=lang),
        share=partial(told_.share, lang=lang),
        interval=partial(told_.interval, lang=lang),
        turns=partial(told_.turn, lang=lang),
        address=_address,
        told=told,
        least=LEAST,
        most_changed=MOST_CHANGED,
        most_unfetched=MOST_UNFETCHED,
        answers=tuple(Answer),
        answer_marks=ANSWER_MARKS,
        reserved=told.total.share(Answer.RESERVED),
        headline=told_.headline(told, lang),
        remarks=told_.remarks(told, lang),
        changes=told_.changes(told, lang),
        how=told_.how(told, lang),
        course_chart=_course(told, lang) if drawn else None,
        tables=[_table(table, lang, drawn=drawn) for table in told.tables],
    )


def _table(table: Table, lang: str, *, drawn: bool) -> dict[str, object]:
    lines = tuple(told_.shown(table, lang))
    chart = None
    parts = []
    for line in lines:
        reserved = line.tally.share(Answer.RESERVED)
        parts.append((line.name, line.tally.answers, (reserved.low, reserved.high)))
    if drawn and parts:
        names = {answer: i18n.name(answer, lang) for answer in Answer}
        chart = _svg(charts.bars(parts, names, lang))
    return {"cut": table.cut, "lines": lines, "chart": chart}


def _course(told: Overview, lang: str) -> Markup | None:
    points = [
        (point.at, share.value, share.low, share.high)
        for point in told.course
        for share in [point.reserved]
        if share.value is not None and share.low is not None and share.high is not None
    ]
    return _svg(charts.course(points, lang)) if len(points) > 1 else None


def _svg(drawing: str) -> Markup:
    return Markup(drawing)  # noqa: S704  `charts.harmless` let nothing but shapes and text through


def _address(url: str) -> Markup:
    shown = printable(url, 120)
    if href(url) is None:
        return Markup("<bdi>{}</bdi>").format(shown)
    return Markup('<a href="{}" rel="noopener noreferrer nofollow"><bdi>{}</bdi></a>').format(url, shown)
