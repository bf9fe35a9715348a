"""News as a letter: for people as text and as HTML that says the same, for programs as JSON, for a chat in some lines."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from .. import i18n
from ..advice import OTHER, advice, html, names
from ..alerts.feed import Entry
from ..alerts.letter import Letter
from ..alerts.settings import Kind
from ..history import Change
from ..report.sheet import href, template
from ..report.wire import printable, storable
from .news import News, kind_of
from .timeline import change_data, change_lines

SCHEMA = "voorbehoud.alerts/1"
MOST_SITES = 200
"""Sites that people get to read of in one message, the worst first; the JSON has all of it."""

MOST_BRIEF = 10


def letter(
    channel: str, told: Sequence[News], changes: Sequence[Change], lang: str, *, whose: str = ""
) -> Letter:
    """Give the letter that tells `channel` of `told`, news of `changes`; both at least one.

    The same changes on the same channel give the same id.  `whose`: the member whose sites these are, who gets the letter and is
    told what their platform can do; empty: it is for whoever looks after all of them.
    """
    key = identity(channel, whose, changes)
    subject = printable(_subject(told, lang))
    view = _view(told, lang, for_member=bool(whose))
    return Letter(
        id=key,
        subject=subject,
        text=_text(view),
        html=template("alert.html").render(view, subject=subject, lang=lang, href=href),
        data=_data(key, told),
        brief=_brief(subject, told, lang),
        lang=lang,
    )


def trial(channel: str, lang: str, at: datetime) -> Letter:
    """Give a letter that tells nothing but that it arrived."""
    key = "test-" + hashlib.sha256(f"{channel} {at.isoformat()}".encode()).hexdigest()[:32]
    subject, words = i18n.say("alerts.test-subject", lang), i18n.say("alerts.test", lang)
    view = {"lead": words, "sections": [], "more": "", "foot": ""}
    page = template("alert.html").render(view, subject=subject, lang=lang, href=href)
    return Letter(key, subject, f"{words}\n", page, _data(key, (), test=True), f"{subject}\n{words}", lang)


def identity(channel: str, whose: str, changes: Sequence[Change]) -> str:
    """Give what a letter is known by, whenever and from wherever it is sent."""
    said = [
        channel,
        whose,
        *(f"{c.id} {c.member.site} {c.drift.at.isoformat()} {c.drift.state}" for c in changes),
    ]
    return "vb-" + hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def entry(change: Change, lang: str) -> Entry:
    """Give a change as an entry of a feed; who the member is, is nobody's business who reads it."""
    item = _item(News(kind_of(change), change), lang, for_member=False, anonymous=True)
    state = i18n.name(change.drift.state, lang)
    return Entry(
        key=f"{change.id} {change.drift.at.isoformat()}",
        at=change.drift.at,
        title=printable(f"{change.member.site}: {state}"),
        site=change.member.site,
        html="".join(str(Markup("<p>{}</p>").format(line)) for line in item["lines"]),
    )


# ---- for people ------------------------------------------------------------------------------------------------------
def _subject(told: Sequence[News], lang: str) -> str:
    if len(told) == 1:
        change = told[0].change
        state = i18n.name(change.drift.state, lang)
        return i18n.say("alerts.subject-one", lang, site=change.member.site, state=state)
    counted = Counter(each.kind for each in told)
    parts = [i18n.count(f"alerts.{kind}", counted[kind], lang) for kind in Kind if counted[kind]]
    return i18n.say("alerts.subject", lang, parts=", ".join(parts))


def _view(told: Sequence[News], lang: str, *, for_member: bool) -> dict[str, Any]:
    """Give everything that a letter shows, made fit to be shown; text and HTML only place it."""
    shown = told[:MOST_SITES]
    sections = [
        {
            "kind": kind,
            "title": i18n.say(f"alerts.{kind}-title", lang),
            "note": i18n.say(f"alerts.{kind}-note", lang),
            "items": [_item(each, lang, for_member=for_member) for each in shown if each.kind is kind],
        }
        for kind in Kind
    ]
    whom = "member" if for_member else "all"
    rest = len(told) - len(shown)
    return {
        "lead": i18n.say(f"alerts.lead-{whom}", lang),
        "sections": [section for section in sections if section["items"]],
        "more": i18n.count("alerts.more", rest, lang) if rest else "",
        "foot": i18n.say(f"alerts.foot-{whom}", lang),
    }


def _item(told: News, lang: str, *, for_member: bool, anonymous: bool = False) -> dict[str, Any]:
    change = told.change
    about = [
        i18n.say(f"history.{key}", lang, **{key: printable(value)})
        for key, value in (("member", change.member.member), ("group", change.member.group))
        if value and not (for_member or anonymous)
    ]
    lines = [i18n.say("alerts.seen", lang, at=i18n.moment(change.drift.at, lang))]
    lines += [line.strip() for line in change_lines(change, lang)]
    lines += [
        i18n.say(
            "alerts.also",
            lang,
            state=i18n.name(other.drift.state, lang),
            at=i18n.moment(other.drift.at, lang),
        )
        for other in told.others
    ]
    to_do = []
    for finding in told.to_do:
        message, _, fix = (printable(part, 500) for part in i18n.finding_text(finding, lang))
        to_do.append(i18n.say("alerts.to-do", lang, message=message, fix=fix))
    platform = told.platform if told.platform in names() else ""
    page = advice(platform, lang) if platform and platform != OTHER else None
    if page is not None:
        to_do.append(i18n.say("alerts.platform", lang, title=page.title, platform=platform))
    return {
        "site": change.member.site,
        "name": printable(change.member.site),
        "about": ", ".join(about),
        "lines": lines,
        "to_do": to_do,
        "advice": page.short if page is not None and for_member else "",
        # Markup: the pages are ours and ship with the package.
        "advice_html": Markup(html(page.short)) if page is not None and for_member else "",  # noqa: S704
    }


def _text(view: dict[str, Any]) -> str:
    lines = [view["lead"]]
    for section in view["sections"]:
        title = f"{section['title']} ({len(section['items'])})"
        lines += ["", title, "=" * len(title), section["note"]]
        for item in section["items"]:
            about = f" ({item['about']})" if item["about"] else ""
            lines += ["", f"{item['name']}{about}", *(f"  {line}" for line in item["lines"])]
            lines += [f"  > {line}" for line in item["to_do"]]
            lines += [f"    {line}" for line in item["advice"].splitlines()]
    lines += ["", view["more"]] if view["more"] else []
    return storable("\n".join((*lines, "", "-- ", view["foot"], "")))


def _brief(subject: str, told: Sequence[News], lang: str) -> str:
    lines = [subject] if len(told) > 1 else []
    for each in told[:MOST_BRIEF]:
        drift = each.change.drift
        state, severity = i18n.name(drift.state, lang), i18n.name(drift.severity, lang)
        lines.append(f"{printable(each.change.member.site)}: {state} ({severity})")
    if len(told) > MOST_BRIEF:
        lines.append(i18n.count("alerts.more", len(told) - MOST_BRIEF, lang))
    return "\n".join(lines)


# ---- for programs ----------------------------------------------------------------------------------------------------
def schema() -> Any:
    """Give the JSON Schema (2020-12) of what a webhook is sent."""
    return json.loads((files(__package__) / "alerts.schema.json").read_text(encoding="utf-8"))


def _data(key: str, told: Sequence[News], *, test: bool = False) -> str:
    counted = Counter(each.kind for each in told)
    return json.dumps(
        {
            "schema": SCHEMA,
            "tool": version("voorbehoud"),
            "id": key,
            "test": test,
            "counts": {kind: counted[kind] for kind in Kind},
            "sites": [_site(each) for each in told],
        }
    )


def _site(told: News) -> dict[str, Any]:
    member = told.change.member
    return {
        "site": member.site,
        "member": member.member,
        "group": member.group,
        "kind": told.kind,
        "change": change_data(told.change),
        "others": [change_data(other) for other in told.others],
        "platform": told.platform or None,
        "to_do": [
            {"code": f.code, "severity": f.severity, "message": f.message, "fix": f.fix} for f in told.to_do
        ],
    }
