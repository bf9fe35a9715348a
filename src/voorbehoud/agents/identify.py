"""Which agents a User-Agent claims to be.  A claim only: whether it is true is a matter of addresses and signatures."""

import re
from functools import cache, lru_cache

from .catalogue import Agent, catalogue

MAX_LENGTH = 1024
"""Characters of a User-Agent that are looked at; real ones stay below 500."""


def identify(user_agent: str) -> tuple[Agent, ...]:
    """Give the agents that `user_agent` names, in the order of the text, each once; empty for everybody else.

    A name counts as a whole word, without case: `Applebot-Extended` is not `Applebot`, `NotGPTBotChecker` is nobody.
    A name inside an address (`+https://example.com/gptbot`, `gptbot@example.com`) does not count.
    Agents of `Purpose.CONTROL` make no requests: whoever names himself so is an impostor.  Never raises.
    """
    return _identify(user_agent[:MAX_LENGTH])


@lru_cache(maxsize=4096)
def _identify(user_agent: str) -> tuple[Agent, ...]:
    names, owners = _patterns()
    # Lower case by ASCII rules alone: casefold() turns the Kelvin sign into a k.
    text = user_agent.translate(_LOWER)
    return tuple(dict.fromkeys(owners[found[0]] for found in names.finditer(text)))


_LOWER = {ord(upper): ord(upper) + 32 for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


@cache
def _patterns() -> tuple[re.Pattern[str], dict[str, Agent]]:
    """Give one expression for all names, and whose each is.  Longer names first: `Brightbot 1.0` before `Brightbot`."""
    owners = {name.lower(): agent for agent in catalogue().agents for name in agent.patterns}
    names = sorted(owners, reverse=True)
    return re.compile(_BEFORE + "(?:" + "|".join(map(_ended, names)) + ")"), owners


_BEFORE = r"(?:(?<![\w\-./@=?&%])(?<!like )|(?=\+))"
"""No word before a name, no `like` (`like TwitterBot` claims nothing), and nothing that leads into a name inside an address.

A name with a + in front may stand anywhere.
"""

_AFTER = r"(?![\w\-@])(?!\.[a-z])"
"""No word after a name, no mail domain, no more of a host name."""


def _ended(name: str) -> str:
    """Give the expression for a name; one that ends on punctuation (`amazon-kendra-customer-id-`) goes on as it likes."""
    return re.escape(name) + (_AFTER if name[-1].isalnum() else "")
