"""Findings and sampled resources in a reader's language, escaped and gathered: what text and page both print."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..core.evidence import Kind, Origin
from ..core.finding import Severity, fill
from ..core.spec import Section
from ..evaluate.verdict import SiteVerdict, UseVerdict
from ..i18n import count, name, rule_text, say, values
from .answer import Answer, conclude
from .wire import printable


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text, safe to show on one line; `code`: to be typed or copied as it stands."""

    text: str
    code: bool = False


Spans = tuple[Span, ...]

ANSWER_MARKS: Mapping[Answer, str] = MappingProxyType(
    {Answer.RESERVED: "✓", Answer.NOT_EVERYWHERE: "✗", Answer.NOT_RESERVED: "✗", Answer.NOT_ESTABLISHED: "?"}
)
SEVERITY_MARKS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.BLOCKER: "✗",
        Severity.ERROR: "✗",
        Severity.WARNING: "!",
        Severity.INFO: "·",
        Severity.GOOD: "✓",
    }
)
"""Signs beside the words, for the eye; they never stand alone."""

WORD = re.compile(r"[^\W\d_]+(?=[\s,]|$)")


@dataclass(frozen=True, slots=True)
class Told:
    """What was found, once, with every place where it was; `places` in the order of the verdict."""

    code: str
    severity: Severity
    message: Spans
    why: Spans
    fix: Spans
    spec: Section
    places: tuple[Origin, ...]


def told(site: SiteVerdict, lang: str) -> tuple[Told, ...]:
    """Give the findings of `site`, worst first, the same text at several places told once."""
    gathered: dict[tuple[str, Spans, Spans, Spans], list[Origin]] = {}
    rules = {}
    for finding in site.findings:
        text = rule_text(finding.rule, lang)
        safe = tuple((blank, printable(value)) for blank, value in values(finding, lang))
        message, why, fix = (spans(part, safe) for part in (text.message, text.why, text.fix))
        key = (finding.code, sentence(message), sentence(why), sentence(fix))
        rules[finding.code] = finding.rule
        gathered.setdefault(key, []).append(finding.origin)
    return tuple(
        Told(code, rules[code].severity, message, why, fix, rules[code].spec, tuple(dict.fromkeys(places)))
        for (code, message, why, fix), places in gathered.items()
    )


def spans(template: str, safe: tuple[tuple[str, str], ...]) -> Spans:
    """Give a rule's text in pieces, the ones between backticks as code, blanks filled with `safe` values.

    Split first and filled after: a backtick in a value is a character and makes nothing into code.
    """
    pieces = enumerate(template.split("`"))
    return tuple(Span(fill(piece, safe), index % 2 == 1) for index, piece in pieces if piece)


def sentence(text: Spans) -> Spans:
    """Give `text` with a capital where it begins with a word; `robots.txt` and `tdm-reservation` stay as they are."""
    if not text or text[0].code or not WORD.match(text[0].text):
        return text
    return (Span(text[0].text[0].upper() + text[0].text[1:]), *text[1:])


def plain(text: Spans, space: str = " ") -> str:
    """Give the pieces as one text, code in backticks again and with `space` for the spaces in it."""
    return "".join(f"`{span.text.replace(' ', space)}`" if span.code else span.text for span in text)


def answer(site: SiteVerdict, lang: str) -> tuple[Answer, str]:
    """Give the answer and the sentence that explains it: NOT_RESERVED, `Nothing reserves text and data mining.`"""
    conclusion = conclude(site)
    if conclusion.answer is Answer.RESERVED:
        return conclusion.answer, count("answer.reserved", conclusion.total, lang)
    clauses = []
    for cause, number in conclusion.causes:
        clause = name(cause, lang)
        if number < conclusion.total:
            clause = say("answer.part", lang, clause=clause, number=number, total=conclusion.total)
        clauses.append(clause)
    return conclusion.answer, " ".join(f"{clause[0].upper()}{clause[1:]}." for clause in clauses)


def for_whom(verdict: UseVerdict, lang: str) -> str:
    """Say for whom a use is reserved and what else a reader of the verdict must know; a dash where there is nothing."""
    remarks = [name(verdict.audience, lang)] if verdict.audience else []
    if verdict.contradictory:
        remarks.append(say("report.contradictory", lang))
    if verdict.protective is not verdict.strict:
        remarks.append(say("report.kindly", lang, verdict=name(verdict.protective, lang)))
    return "; ".join(remarks) or "–"


def sampled(site: SiteVerdict, lang: str) -> str:
    """Say what was looked at: `Looked at: 3 pages, 1 image. Not fetched: 1.`"""
    if not site.resources:
        return say("report.looked-at-nothing", lang)
    found = Counter(resource.kind for resource in site.resources)
    what = ", ".join(count(f"sampled.{kind}", found[kind], lang) for kind in Kind if kind in found)
    missed = sum(not resource.fetched for resource in site.resources)
    lines = [say("report.looked-at", lang, what=what)]
    if missed:
        lines.append(say("report.unfetched", lang, number=missed))
    return " ".join(lines)
