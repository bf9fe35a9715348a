"""The result for people on a terminal: the answer first, then what to do, then how far the answer reaches."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import TextWrapper
from types import MappingProxyType

from ..advice import advice
from ..core.finding import Severity
from ..evaluate.verdict import Platform, SiteVerdict, UseVerdict
from ..i18n import count, moment, name, say, where
from .answer import Answer
from .told import ANSWER_MARKS, SEVERITY_MARKS, Told, answer, for_whom, plain, sampled, told
from .wire import printable

NARROWEST = 40
WIDEST = 100
"""Columns: longer lines are hard to read, however wide the terminal."""

GLUE = "\x00"
"""Holds code together while lines are broken; no text that is shown can contain it."""

PLACES = 3
"""Places named for one finding; the page and the JSON name them all."""

ANSWER_STYLES: Mapping[Answer, str] = MappingProxyType(
    {
        Answer.RESERVED: "32;1",
        Answer.NOT_EVERYWHERE: "33;1",
        Answer.NOT_RESERVED: "31;1",
        Answer.NOT_ESTABLISHED: "33;1",
    }
)
SEVERITY_STYLES: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.BLOCKER: "31;1",
        Severity.ERROR: "31",
        Severity.WARNING: "33",
        Severity.INFO: "36",
        Severity.GOOD: "32",
    }
)


def text(sites: Sequence[SiteVerdict], lang: str, width: int = 80, colour: bool = False) -> str:
    """Give the report on `sites` in `lang` (`nl` or `en`), one final line ending.

    `width` in columns, kept between 40 and 100; addresses and code are never broken and may stand out.
    `colour` adds SGR sequences, nothing else; text from the wire can add none.
    """
    voice = _Voice(lang, min(max(width, NARROWEST), WIDEST), colour)
    if not sites:
        return say("report.empty", lang) + "\n"
    parts = ["\n".join(voice.site(site)) for site in sites]
    parts.append("\n".join(voice.wrapped(say("report.sample", lang) + " " + say("report.limits", lang))))
    return "\n\n".join(parts) + "\n"


class _Voice:
    """One language, one width, colour or none."""

    def __init__(self, lang: str, width: int, colour: bool) -> None:
        self.lang, self.width, self.colour = lang, width, colour

    def site(self, site: SiteVerdict) -> Iterator[str]:
        verdict, sentence = answer(site, self.lang)
        first = f"{ANSWER_MARKS[verdict]} {name(verdict, self.lang)}: {printable(site.site)}"
        yield self.paint(first, ANSWER_STYLES[verdict])
        yield from self.wrapped(sentence, "  ", "  ")
        yield ""
        yield from self.uses(site.uses)
        found = told(site, self.lang)
        for heading, chosen in (
            ("report.what-to-do", [t for t in found if t.severity.weight > Severity.INFO.weight]),
            ("report.notes", [t for t in found if t.severity is Severity.INFO]),
        ):
            if chosen:
                yield from ("", "  " + self.paint(say(heading, self.lang), "1"))
            for finding in chosen:
                yield ""
                yield from self.finding(finding)
        for platform in site.platforms:
            yield from self.platform(platform)
        good = [t for t in found if t.severity is Severity.GOOD]
        if good:
            yield from ("", "  " + self.paint(say("report.good", self.lang), "1"))
            for finding in good:
                yield from self.wrapped(
                    f"{plain(finding.message, GLUE)}.", f"  {SEVERITY_MARKS[finding.severity]} ", "    "
                )
        yield ""
        yield from self.wrapped(sampled(site, self.lang), "  ", "  ")
        when = moment(site.checked, self.lang)
        yield from self.wrapped(
            say("report.checked-line", self.lang, moment=when, rules=site.rules), "  ", "  "
        )

    def uses(self, verdicts: Sequence[UseVerdict]) -> Iterator[str]:
        head = tuple(say(f"report.{key}", self.lang) for key in ("use", "verdict", "audience"))
        rows = [(name(v.use, self.lang), name(v.strict, self.lang), for_whom(v, self.lang)) for v in verdicts]
        first, second = (max(len(row[column]) for row in (head, *rows)) for column in (0, 1))
        if first + second > self.width // 2 + 10:  # no room for a third column: a line for each
            for use, verdict, audience in rows:
                yield from self.wrapped(f"{use}: {verdict}", "  ", "    ")
                yield from self.wrapped(f"{head[2]}: {audience}", "    ", "    ")
            return
        yield self.paint(f"  {head[0]:{first}}  {head[1]:{second}}  {head[2]}", "2")
        for use, verdict, audience in rows:
            yield from self.wrapped(
                audience, f"  {use:{first}}  {verdict:{second}}  ", " " * (first + second + 6)
            )

    def finding(self, finding: Told) -> Iterator[str]:
        label = f"  {SEVERITY_MARKS[finding.severity]} {name(finding.severity, self.lang)} {finding.code}"
        yield self.paint(label, SEVERITY_STYLES[finding.severity])
        yield from self.wrapped(f"{plain(finding.message, GLUE)}.", "    ", "    ")
        for heading, spans in (("why", finding.why), ("fix", finding.fix)):
            opening = say(f"report.{heading}", self.lang) + ": "
            yield from self.wrapped(opening + plain(spans, GLUE), "    ", "    ")
        opening = say("report.place", self.lang) + ": "
        for origin in finding.places[:PLACES]:
            place = ", ".join(
                printable(part) for part in (origin.url, where(origin.where, self.lang)) if part
            )
            yield from self.wrapped(opening + place, "    ", "    ")
            opening = " " * len(opening)
        more = len(finding.places) - PLACES
        if more > 0:
            yield "    " + opening + count("report.more-places", more, self.lang)

    def platform(self, platform: Platform) -> Iterator[str]:
        page = advice(platform.name, self.lang)
        heading = say("report.on-platform", self.lang, platform=page.title)
        yield from ("", "  " + self.paint(heading, "1"))
        yield from self.wrapped(page.short.replace("\n", " "), "    ", "    ")
        yield from self.wrapped(
            say("report.steps-command", self.lang, platform=platform.name), "    ", "    "
        )

    def wrapped(self, text: str, first: str = "", rest: str = "") -> list[str]:
        wrapper = TextWrapper(
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return [line.replace(GLUE, " ") for line in wrapper.wrap(text)]

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text
