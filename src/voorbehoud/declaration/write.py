"""A Declaration as the text of voorbehoud.yaml, with comments for the maker who will edit it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from ..core.purpose import DEFAULT_PURPOSES
from ..core.use import Use
from .model import AgentProfile, Declaration, Licence, Terms
from .source import EMPTY
from .values import TRAPS


def write(wish: Declaration, lang: str) -> str:
    """Give the text of voorbehoud.yaml for `wish`; `load` gives an equal Declaration back.

    `lang`: of the comments, `nl` or `en`.  Ends with a line feed.
    """
    return "\n".join(_lines(wish, _COMMENTS[lang])) + "\n"


def _lines(wish: Declaration, say: Mapping[str, str]) -> Iterator[str]:
    yield from _comment(say["top"])
    yield ""
    yield "declared-by:"
    yield f"  name: {scalar(wish.declarer.name)}"
    yield f"  kind: {wish.declarer.kind}  # person, organisation, estate, collective"
    yield f"  contact: {scalar(wish.declarer.contact)}"
    if wish.declarer.on_behalf_of is not None:
        yield f"  on-behalf-of: {scalar(wish.declarer.on_behalf_of)}"
    yield ""
    yield from _comment(say["site"])
    yield f"site: {scalar(wish.site)}"
    if wish.media:
        yield "media:"
    for media in wish.media:
        yield f"  - origin: {scalar(media.origin)}"
        if media.folder is not None:
            yield f"    folder: {scalar(media.folder)}"
    yield ""
    yield from _comment(say["since"])
    yield f"since: {wish.since.isoformat()}"
    yield ""
    yield from _comment(say["uses"])
    yield f"reserve: {_uses(wish.reserve)}"
    yield f"allow: {_uses(wish.allow)}"
    yield ""
    yield from _exceptions(wish, say)
    yield from _licence(wish.licence, say)
    yield from _terms(wish.terms, say)
    yield from _agents(wish.agents, say)
    yield from _comment(say["languages"])
    yield f"languages: {_list(wish.languages)}"
    yield ""
    yield from _comment(say["carriers"])
    yield f"carriers: {_list(wish.carriers)}"


def _exceptions(wish: Declaration, say: Mapping[str, str]) -> Iterator[str]:
    yield from _comment(say["exceptions"])
    if not wish.exceptions:
        yield from ("# exceptions:", "#   - path: /press/", "#     allow: [tdm, train-ai]", "")
        return
    yield "exceptions:"
    for each in wish.exceptions:
        yield f"  - path: {scalar(each.path)}"
        if each.reserve or not each.allow:
            yield f"    reserve: {_uses(each.reserve)}"
        if each.allow:
            yield f"    allow: {_uses(each.allow)}"
    yield ""


def _licence(licence: Licence, say: Mapping[str, str]) -> Iterator[str]:
    yield from _comment(say["licence"])
    if licence == Licence():
        yield from (
            "# licence:",
            f"#   contact: {say['mail']}",
            f"#   offer: {say['page']}",
            "#   mining: ask",
            "",
        )
        return
    yield "licence:"
    if licence.contact is not None:
        yield f"  contact: {scalar(licence.contact)}"
    if licence.offer is not None:
        yield f"  offer: {scalar(licence.offer)}"
    if licence.mining is not None:
        yield f"  mining: {licence.mining}"
    yield ""


def _terms(terms: Terms, say: Mapping[str, str]) -> Iterator[str]:
    yield from _comment(say["terms"])
    mark = "# " if terms == Terms() else ""
    yield f"{mark}terms:"
    for key, answer in (("voice", terms.voice), ("likeness", terms.likeness), ("style", terms.style)):
        if mark or answer is not None:
            yield f"{mark}  {key}: {answer or 'ask'}"
    yield ""


def _agents(agents: AgentProfile, say: Mapping[str, str]) -> Iterator[str]:
    yield from _comment(say["agents"])
    mark = "# " if agents == AgentProfile(DEFAULT_PURPOSES) else ""
    yield f"{mark}agents:"
    yield f"{mark}  purposes: {_list(agents.purposes)}"
    yield f"{mark}  add: {_list(agents.add)}"
    yield f"{mark}  leave: {_list(agents.leave)}"
    yield ""


# ---- YAML ------------------------------------------------------------------------------------------------------------
_SAFE = re.compile(r"[A-Za-z/](?:[A-Za-z0-9.@/_%+-]|:(?=/)| (?=[A-Za-z0-9]))*")
"""What every YAML reader takes for the same text without quotes, in a list between brackets too."""


def scalar(text: str) -> str:
    """Give `text` as one YAML value: bare where that is safe for every reader, else in double quotes."""
    if _SAFE.fullmatch(text) and text.lower() not in TRAPS | {word.lower() for word in EMPTY}:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}"


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(scalar(str(item)) for item in items)}]"


def _uses(uses: frozenset[Use]) -> str:
    return _list(use for use in Use if use in uses)


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in text.splitlines())


# ---- comments --------------------------------------------------------------------------------------------------------
_COMMENTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "top": "Your reservation against text and data mining and AI training.\n"
            "After a change: voorbehoud publish",
            "site": "Where your works stand. Other addresses that serve them go below `media:`.",
            "since": "From which day you reserve: year-month-day.",
            "uses": "What nobody may do without your permission, and what everybody may do.\n"
            "tdm: any text and data mining; train-ai: training generative AI;\n"
            "ai-use: input for AI answers; search: search engines.",
            "exceptions": "Parts of the site where something else holds. The longest path wins.",
            "licence": "Where somebody can ask for permission. With mining: ask (ask first) or paid (ask and pay)\n"
            "programs can read the conditions too.",
            "mail": "licence@atelier.example",
            "page": "https://atelier.example/licence",
            "terms": "What holds for imitations of you by AI: never, ask or allowed.",
            "agents": "Which agents robots.txt names: training, dataset, control, search, user-fetch, preview.\n"
            "search includes Google and Bing: with it you vanish from their results.",
            "languages": "Of the page that explains your reservation: nl, en. The first is the main one.",
            "carriers": "Where the reservation is published. ai-txt can be added; hardly anybody reads it.",
        },
        "nl": {
            "top": "Je voorbehoud tegen tekst- en datamining en AI-training.\nNa een wijziging: voorbehoud publish",
            "site": "Waar je werk staat. Andere adressen die het tonen horen onder `media:`.",
            "since": "Vanaf welke dag het voorbehoud geldt: jaar-maand-dag.",
            "uses": "Wat niemand mag zonder je toestemming (reserve), en wat iedereen mag (allow).\n"
            "tdm: alle tekst- en datamining; train-ai: generatieve AI trainen;\n"
            "ai-use: invoer voor antwoorden van AI; search: zoekmachines.",
            "exceptions": "Delen van de site waar iets anders geldt. Het langste pad gaat voor.",
            "licence": "Waar iemand om toestemming kan vragen. Met mining: ask (eerst vragen) of paid (vragen en betalen)\n"
            "kunnen ook programma's de voorwaarden lezen.",
            "mail": "licentie@atelier.example",
            "page": "https://atelier.example/licentie",
            "terms": "Wat geldt voor nabootsing door AI van je stem (voice), je uiterlijk (likeness) en je stijl (style):\n"
            "never (nooit), ask (eerst vragen) of allowed (mag).",
            "agents": "Welke bots robots.txt noemt: training, dataset, control, search, user-fetch, preview.\n"
            "search is ook Google en Bing: daarmee verdwijn je uit hun zoekresultaten.",
            "languages": "Van de pagina die je voorbehoud uitlegt: nl, en. De eerste is de hoofdtaal.",
            "carriers": "Waar het voorbehoud wordt gepubliceerd. ai-txt kan erbij; bijna niemand leest het.",
        },
    }
)
