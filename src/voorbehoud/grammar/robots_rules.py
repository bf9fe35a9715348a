"""The comma lists of `X-Robots-Tag` and `<meta name="robots">`: which rule, and for which agent.

Source: Google, "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications" (syntax of both carriers).
"""

import re
from dataclasses import dataclass

VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
"""Rules that take a value after a colon; any other `name:` begins the part for the agent of that name."""

_PLAIN = frozenset(
    {
        "all", "follow", "index", "indexifembedded", "noai", "noarchive", "nocache", "nofollow", "noimageai",
        "noimageindex", "noindex", "noml", "none", "noodp", "nosnippet", "notranslate", "noydir",
    }
)  # fmt: skip
_AGENT = re.compile(r"[A-Za-z*][A-Za-z0-9_.*-]*")
_DATE_GOES_ON = re.compile(r"\d{1,2}[ -][A-Za-z]{3}")  # `Wed, 25 Jun 2026` and `Wednesday, 25-Jun-26`
_MOST = 1000  # rules of one value


@dataclass(frozen=True, slots=True)
class RobotsRule:
    """One rule.  `agent`: the product token it is addressed to, as written; None: every crawler.  `name` is lower case."""

    name: str
    agent: str | None = None
    value: str = ""


def rules(text: str, agent: str | None = None, scoped: bool = True) -> tuple[RobotsRule, ...]:
    """Give the rules of one value in order, unknown ones too.  Never raises.

    `agent`: to whom the value as a whole is addressed.  `scoped`: `agent:` may occur inside, as in the header, and holds
    until the next one.  Repeated header lines are given one by one: folding loses where an unaddressed line begins.
    """
    found: list[RobotsRule] = []
    for piece in text.split(","):
        piece = piece.strip()
        if found and found[-1].name == "unavailable_after" and _DATE_GOES_ON.match(piece):
            found[-1] = RobotsRule("unavailable_after", found[-1].agent, f"{found[-1].value}, {piece}")
            continue
        before, colon, after = piece.partition(":")
        word = before.strip()
        addressed = scoped and colon and word.lower() not in VALUED | _PLAIN
        if addressed and _AGENT.fullmatch(word):
            agent = None if word == "*" else word
            before, _, after = after.partition(":")
        name = " ".join(before.lower().split())
        if name:
            found.append(RobotsRule(name, agent, after.strip()))
        if len(found) == _MOST:
            break
    return tuple(found)
