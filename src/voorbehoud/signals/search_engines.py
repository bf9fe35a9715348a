"""What Google and Bing make of `nosnippet`, `noarchive` and their kin: words about search results that also touch AI.

Spec: Google, robots meta tag and X-Robots-Tag; Bing, September 2023.
Covers: the page or file that they came with, for the one engine that says so, and never anybody else
(docs/decisions/0029).  Header and page are read together, because the engines do: what one of them withholds is withheld.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..core.artifact import Header
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.preference import Preference
from ..core.spec import BING, GOOGLE_META
from ..core.statement import Audience, Reading, Statement
from ..core.use import TERMS
from ..declaration.model import Declaration
from ..grammar.robots_rules import RobotsRule, rules
from ..grammar.tags import is_xml, tags
from ..grammar.text_encoding import decode
from .html_page import is_html, page_head
from .noai_words import meta_rules
from .signal import RESOURCES, Asked, Signal

FAMILY, RANK = "search-engines", 0
WORDS = TERMS[FAMILY]
HEADER = "X-Robots-Tag"
GOOGLE, GOOGLE_NAMES = "Googlebot", frozenset({"googlebot", "googlebot-news"})
BINGBOT, BING_NAMES = "bingbot", frozenset({"bingbot"})
BING_SPEC = BING.section("NOCACHE and NOARCHIVE")
GOOGLE_SPEC = GOOGLE_META.section("Valid indexing and serving rules", "directives")
PARTS = GOOGLE_META.section("Using the data-nosnippet HTML attribute", "data-nosnippet-attr")
PART, PART_ELEMENTS = "data-nosnippet", frozenset({"span", "div", "section"})
MOST_READ = 1024 * 1024

_OF_BING = frozenset({"noarchive", "nocache"})
_OF_IMAGES = frozenset({"noimageindex", "max-image-preview:none"})
_OF_SNIPPETS = frozenset({"nosnippet", "max-snippet:0"})


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class EngineRules:
    """`said`: word and agent (lower case; None: every crawler), each once.  A word with a value is written `max-snippet:0`.

    `parts`: `data-nosnippet` stands on that many elements.
    """

    said: frozenset[tuple[str, str | None]] = frozenset()
    parts: int = field(default=0, compare=False)

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "EngineRules | None":
        """Nothing: each of these words costs the maker something in search, which a declaration does not ask for."""
        return None

    def heard(self, names: frozenset[str]) -> frozenset[str]:
        """The words that an engine hears which goes by these names: what is for everyone and what is for itself add up."""
        return frozenset(word for word, agent in self.said if agent is None or agent in names)

    @property
    def weakened(self) -> bool:
        """Bing hears both of its words, and then takes the weaker."""
        return self.heard(BING_NAMES) >= _OF_BING


# ---- rules: what can be found ----------------------------------------------------------------------------------------
ENG201 = Rule(
    code="ENG201",
    severity=Severity.WARNING,
    message="data-nosnippet stands on an element “{element}”",
    why="Google looks for it on span, div and section only: here it withholds nothing.",
    fix="Put it on a `<div data-nosnippet>` around that part.",
    spec=PARTS,
)
ENG301 = Rule(
    code="ENG301",
    severity=Severity.WARNING,
    message="Bing is told both noarchive and nocache ({where})",
    why="Bing then takes the weaker one, nocache: title, address and summary may still be used in its chat and for training.",
    fix="Keep noarchive and remove nocache.",
    spec=BING_SPEC,
)
ENG302 = Rule(
    code="ENG302",
    severity=Severity.INFO,
    message="Google is told {word}",
    why="Google keeps the text out of its AI answers then, and also out of the ordinary summaries below a search result. It is a word to one engine, and no reservation.",
    fix="Keep it only if you can do without those summaries.",
    spec=GOOGLE_SPEC,
)
ENG303 = Rule(
    code="ENG303",
    severity=Severity.INFO,
    message="Bing is told noarchive",
    why="Bing keeps the page out of its chat and out of training then. It is a word to one engine, and no reservation.",
    fix="Nothing to do; it does not take the place of a reservation.",
    spec=BING_SPEC,
)
ENG304 = Rule(
    code="ENG304",
    severity=Severity.INFO,
    message="Bing is told nocache",
    why="Bing then uses title, address and summary in its chat and for training, and not the whole text. That refuses nothing.",
    fix="Write noarchive in its place if Bing is to use nothing.",
    spec=BING_SPEC,
)
ENG305 = Rule(
    code="ENG305",
    severity=Severity.INFO,
    message="data-nosnippet withholds parts of the page from Google's summaries ({count})",
    why="It speaks of those parts and of one engine; it reserves nothing.",
    fix="Nothing to do.",
    spec=PARTS,
)
ENG306 = Rule(
    code="ENG306",
    severity=Severity.INFO,
    message="search engines are told {word}",
    why="It hides images, or their previews, in search results. It says nothing about training.",
    fix="Keep it only if your images may be hard to find.",
    spec=GOOGLE_SPEC,
)
ENG307 = Rule(
    code="ENG307",
    severity=Severity.INFO,
    message="{word} is said to {agent} only",
    why="Other crawlers are not addressed, and {agent} has not said that it means anything about AI.",
    fix="Nothing to do; it does not take the place of a reservation.",
    spec=GOOGLE_SPEC,
)
RULES = (ENG201, ENG301, ENG302, ENG303, ENG304, ENG305, ENG306, ENG307)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[EngineRules]:
    """Read header and meta elements together.  Never raises."""
    if not capture.ok:
        return Parsed(None)
    places: dict[tuple[str, str | None], str] = {}
    for line in capture.field(HEADER):
        _note(rules(line), f"header {HEADER}", places)
    parts: list[str] = []
    if capture.kind is Kind.PAGE and is_html(capture):
        for meta in page_head(capture).metas:
            _note(meta_rules(meta), f"line {meta.line}, meta {meta.name}", places)
        if PART.encode() in capture.body:  # CHOICE: in small letters somewhere; capitals alone are not seen
            parts = _parts(capture)
    good = sum(element in PART_ELEMENTS for element in parts)
    if not places and not parts:
        return Parsed(None)
    model = EngineRules(frozenset(places), good)
    found = (*_findings(model, places, capture.url), *_of_parts(parts, good, capture.url))
    return Parsed(model if places or good else None, found)


def _note(found: Iterable[RobotsRule], where: str, places: dict[tuple[str, str | None], str]) -> None:
    for rule in found:
        word = f"{rule.name}:{rule.value.lower()}" if rule.value else rule.name
        if word in _OF_BING | _OF_IMAGES | _OF_SNIPPETS:
            places.setdefault((word, rule.agent and rule.agent.lower()), where)


def _parts(capture: Capture) -> list[str]:
    text = decode(capture.body[:MOST_READ], capture.content_type)
    return [
        tag.name
        for tag in tags(text, is_xml(capture.content_type))
        if not tag.end and PART in tag.raw_attributes.lower() and PART in tag.attributes()
    ]


def _findings(model: EngineRules, places: dict[tuple[str, str | None], str], url: str) -> Iterator[Finding]:
    bing, google = model.heard(BING_NAMES), model.heard(GOOGLE_NAMES)

    def place(word: str, names: frozenset[str]) -> str:
        return next(
            where for (said, to), where in places.items() if said == word and (to is None or to in names)
        )

    if model.weakened:
        both = dict.fromkeys(place(word, BING_NAMES) for word in sorted(_OF_BING))
        yield ENG301.at(Origin(url, next(iter(both))), where="; ".join(both))
    elif "noarchive" in bing:
        yield ENG303.at(Origin(url, place("noarchive", BING_NAMES)))
    elif "nocache" in bing:
        yield ENG304.at(Origin(url, place("nocache", BING_NAMES)))
    for word in sorted(_OF_SNIPPETS & google):
        yield ENG302.at(Origin(url, place(word, GOOGLE_NAMES)), word=word)
    told = set()
    for (word, agent), where in sorted(places.items(), key=str):
        if word in _OF_IMAGES:
            if word not in told:
                told.add(word)
                yield ENG306.at(Origin(url, where), word=word)
        elif agent is not None and agent not in (BING_NAMES if word in _OF_BING else GOOGLE_NAMES):
            yield ENG307.at(Origin(url, where), word=word, agent=agent)


def _of_parts(parts: list[str], good: int, url: str) -> Iterator[Finding]:
    if good:
        yield ENG305.at(Origin(url), count=good)
    for element in sorted(set(parts) - PART_ELEMENTS)[:3]:
        yield ENG201.at(Origin(url), element=element)


# ---- render: what to send; parse() gives `model` back ----------------------------------------------------------------
def render(model: EngineRules) -> tuple[Header, ...]:
    """Give the fields to send: one for every crawler, one for each agent that is addressed by name."""
    agents = sorted({agent for _, agent in model.said}, key=lambda agent: agent or "")
    return tuple(
        Header(
            HEADER,
            (f"{agent}: " if agent else "")
            + ", ".join(sorted(word for word, to in model.said if to == agent)),
        )
        for agent in agents
    )


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: EngineRules, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what each of the two engines has promised to make of it; nocache and what is about images refuse nothing."""
    return tuple(_said(model, asked, Origin(origin.url, "robots rules for search engines")))


def _said(model: EngineRules, asked: Asked, origin: Origin) -> Iterator[Statement]:
    kept_from = []
    if "noarchive" in model.heard(BING_NAMES) and not model.weakened:
        kept_from.append((BINGBOT, BING_NAMES, WORDS["noarchive"]))
    if _OF_SNIPPETS & model.heard(GOOGLE_NAMES):
        kept_from.append((GOOGLE, GOOGLE_NAMES, WORDS["nosnippet"]))
    for engine, names, uses in kept_from:
        if asked.agent is not None and asked.agent.lower() not in names:
            continue
        # The engine itself, when it is the one that asks, takes its own word literally; nobody else hears it so.
        reading = Reading.PROTECTIVE if asked.agent is None else Reading.BOTH
        for use in uses:
            yield Statement(
                use, Preference.DISALLOWED, SIGNAL.name, FAMILY, RANK, origin, reading, Audience.NAMED, (engine,)
            )  # fmt: skip


SIGNAL = Signal(
    name="search-engines",
    carrier=None,  # every word costs something in search: a maker decides that elsewhere
    family=FAMILY,
    reads=RESOURCES,
    rules=RULES,
    of=EngineRules.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
