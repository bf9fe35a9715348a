"""Dutch and English words for people; the code itself speaks English.

Two catalogues, read once when first needed: `interface.yaml` holds both languages of a text side by side, so that
neither can be changed without seeing the other; `rules_nl.yaml` holds the Dutch of every rule under the rule's code.
The English of a rule is the rule's own text.  YAML and not gettext: a rule has a stable code to be found by, an
English sentence has not, and there is nothing to compile.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from ..core.evidence import Failure, Kind
from ..core.finding import Finding, Rule, fill
from ..core.use import Use

LANGUAGES = ("nl", "en")
"""The first is the main one: most readers are Dutch makers."""

PLACE_WORDS = re.compile(r"\b(line|key|rule)(?= \d)")
"""The words in a place that are ours; the rest of it are names of fields and tags, or text from the wire."""

ENUM_OF_BLANK: Mapping[str, type[StrEnum]] = MappingProxyType(
    {"use": Use, "uses": Use, "kind": Kind, "what": Kind, "reason": Failure}
)
"""Blanks of rules that are filled with a word of ours, or several; a reader gets it in their own language."""

PLACE_BLANKS = frozenset({"yes", "no", "stronger", "weaker"})
"""Blanks that are filled with places: `tdm-file, line 3`."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """The texts of a rule in one language, their `{blanks}` still open."""

    message: str
    why: str
    fix: str


def say(key: str, lang: str, **values: object) -> str:
    """Give the interface text `key`, such as `answer.reserved`, with its blanks filled.

    Raises KeyError for an unknown key, language or blank: our own mistake.
    """
    return fill(_interface()[key][lang], tuple((name, str(value)) for name, value in values.items()))


def count(key: str, number: int, lang: str, **values: object) -> str:
    """Give the interface text `key.one` or `key.other`, with `number` for its blank `{number}`."""
    return say(f"{key}.{'one' if number == 1 else 'other'}", lang, number=grouped(number, lang), **values)


def name(member: Enum, lang: str) -> str:
    """Give the word for a member of one of our enums: `Severity.ERROR` is `fout` in Dutch."""
    value = member.value if isinstance(member.value, str) else member.name.lower()
    return say(f"{type(member).__name__}.{value}", lang)


def signal_name(signal: str, lang: str) -> str:
    """Give a readable name for a signal; the signal's own name where there is none."""
    key = f"signal.{signal}"
    return say(key, lang) if key in _interface() else signal


def where(place: str, lang: str) -> str:
    """Give the place inside a file in the reader's language: `line 3` is `regel 3`.  Names of fields and tags stay."""
    return PLACE_WORDS.sub(lambda match: say(f"where.{match[1]}", lang), place)


def moment(when: datetime, lang: str) -> str:
    """Give a date and time for people, in UTC: `24 november 2026, 09:05 UTC`.  A time without a zone is UTC already."""
    utc = when.astimezone(UTC) if when.tzinfo else when
    month = say(f"month.{utc.month}", lang)
    return f"{utc.day} {month} {utc.year}, {utc:%H:%M} UTC"


def day(when: datetime, lang: str) -> str:
    """Give the day of a moment for people, in UTC: `24 november 2026`."""
    return moment(when, lang).rpartition(", ")[0]


def grouped(value: int, lang: str) -> str:
    """Give a whole number for people: `12.345` in Dutch, `12,345` in English."""
    text = f"{value:,}"
    return text.replace(",", ".") if lang == "nl" else text


def percent(share: float, lang: str) -> str:
    """Give a share for people, with one decimal: `42,8%` in Dutch.

    Only nothing is 0% and only everything 100%: what would be rounded to those is `<0,1%` and `>99,9%`.
    """
    if 0 < share < 0.0005:
        text = "<0.1%"
    elif 0.9995 <= share < 1:
        text = ">99.9%"
    else:
        text = "0%" if share == 0 else "100%" if share == 1 else f"{share:.1%}"
    return text.replace(".", ",") if lang == "nl" else text


def rule_text(rule: Rule, lang: str) -> RuleText:
    """Give the texts of `rule`; in English where there is no Dutch yet, for a finding untold would be worse."""
    if lang == "nl" and rule.code in _rules_nl():
        return RuleText(**_rules_nl()[rule.code])
    return RuleText(rule.message, rule.why, rule.fix)


def values(finding: Finding, lang: str) -> tuple[tuple[str, str], ...]:
    """Give what fills the blanks of a finding, our own words among them in the reader's language."""
    return tuple((blank, _word(blank, value, lang)) for blank, value in finding.values)


def finding_text(finding: Finding, lang: str) -> tuple[str, str, str]:
    """Give message, why and fix of `finding`.  The values in them come from the wire: escape before showing."""
    text, told = rule_text(finding.rule, lang), values(finding, lang)
    return fill(text.message, told), fill(text.why, told), fill(text.fix, told)


def _word(blank: str, value: str, lang: str) -> str:
    if blank in PLACE_BLANKS:
        return where(value, lang)
    if (phrase := f"phrase.{value}") in _interface():
        return say(phrase, lang)
    words, _, detail = value.partition(": ")  # a reason may carry the library's own words behind ours
    kind = ENUM_OF_BLANK.get(blank)
    if kind is None or not set(words.split(", ")) <= set(kind):
        return value
    return ", ".join(name(kind(word), lang) for word in words.split(", ")) + (
        f" ({detail})" if detail else ""
    )


@cache
def _interface() -> Mapping[str, Mapping[str, str]]:
    """The texts by flat key: `answer: {reserved: {nl, en}}` becomes `answer.reserved`."""
    return dict(_flat("", _read("interface.yaml")))


@cache
def _rules_nl() -> Mapping[str, Mapping[str, str]]:
    rules: Mapping[str, Mapping[str, str]] = _read("rules_nl.yaml")
    return rules


def _flat(prefix: str, tree: Mapping[Any, Any]) -> list[tuple[str, Mapping[str, str]]]:
    if set(tree) == set(LANGUAGES):
        return [(prefix, tree)]
    return [
        leaf
        for key, branch in tree.items()
        for leaf in _flat(f"{prefix}.{key}" if prefix else str(key), branch)
    ]


def _read(catalogue: str) -> Any:
    text = (files(__name__) / catalogue).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
