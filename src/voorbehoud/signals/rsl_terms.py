"""What an RSL document grants: its model, and the terms that it comes down to for one usage.

Spec: RSL 1.0, sections 3.1.1 (scope), 3.3 (server), 3.5-3.7 (permits, prohibits, payment), 3.12 (reporting).
Four things make a well-meant licence say the opposite: `permits` is a closed list, a prohibition beats a permission, no
`payment` means free of charge, and a user or place that is not named may fall outside of everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import lru_cache
from itertools import product
from urllib.parse import urlsplit

from ..core.evidence import origin_of
from ..grammar.robots import match_length, path_of

AI_USAGES = ("ai-train", "ai-input", "ai-index")
USAGES = frozenset({"all", "ai-all", *AI_USAGES, "search"})
USERS = ("commercial", "non-commercial", "education", "government", "personal")
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    ]
)  # ISO 3166-1
PAID = frozenset({"purchase", "subscription", "training", "crawl", "use", "contribution"})
PAYMENTS = PAID | {"attribution", "free"}
ANY_OTHER = "any other processing"
"""What `all` contains and no other token does: mining without AI, for instance."""


class Scope(StrEnum):
    """What a list of tokens is about."""

    USAGE = "usage"
    USER = "user"
    GEO = "geo"


class Terms(StrEnum):
    """What holds for one usage of one thing, for whoever asks."""

    PROHIBITED = "prohibited"
    OMITTED = "omitted"  # not in a closed list of permissions, or no licence at all
    PAID = "paid"
    CONDITIONAL = "conditional"  # costs nothing, but something must be done first or beside it
    DEPENDS = "depends"  # some users or places may, others may not
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One `permits` or `prohibits` of a licence; `tokens` as written, in order."""

    scope: Scope
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence.  `payment`: its type, "" where the element has none, None where there is no element, which means free."""

    permits: tuple[Tokens, ...] = ()
    prohibits: tuple[Tokens, ...] = ()
    payment: str | None = None
    reporting: bool = False
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What holds below `url`: an RFC 9309 pattern, an absolute address, or "" for whatever names the document."""

    url: str
    licences: tuple[Licence, ...]
    server: bool = False
    owner: str | None = None
    terms: str | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Rsl:
    """A document.  `conformant` False: a literal reader may refuse it.  `location`: where it stands."""

    contents: tuple[Content, ...]
    max_age: int | None = None
    conformant: bool = True
    location: str = field(default="", compare=False)


class _Cost(IntEnum):
    FREE = 0
    CONDITIONAL = 1
    PAID = 2


@lru_cache(maxsize=1024)
def terms(content: Content, usage: str) -> Terms:
    """Give the terms for `usage` (a token of its own, or ANY_OTHER).

    Every kind of user and every place that the licences tell apart is asked; where the answers differ, the usage DEPENDS.
    """
    found = {_for_one(content, usage, user, place) for user in _users(content) for place in _places(content)}
    free = found & {Terms.FREE, Terms.CONDITIONAL}
    if not free:
        return next(t for t in (Terms.PAID, Terms.OMITTED, Terms.PROHIBITED) if t in found)
    return free.pop() if len(found) == 1 else Terms.DEPENDS


def overlap(licence: Licence) -> tuple[str, ...]:
    """Give the usages that a licence both permits and prohibits: the prohibition wins (section 3.6)."""
    permitted = _spread(_tokens(licence.permits, Scope.USAGE) or ())
    prohibited = _spread(_tokens(licence.prohibits, Scope.USAGE) or ())
    return tuple(sorted(permitted & prohibited - {ANY_OTHER}))


def _for_one(content: Content, usage: str, user: str | None, place: str | None) -> Terms:
    costs: list[_Cost] = []
    for licence in content.licences:
        if not (
            _holds(_tokens(licence.permits, Scope.USER), user)
            and _holds(_tokens(licence.permits, Scope.GEO), place)
        ):
            continue
        if (
            usage in _spread(_tokens(licence.prohibits, Scope.USAGE) or ())
            or _names(_tokens(licence.prohibits, Scope.USER), user)
            or _names(_tokens(licence.prohibits, Scope.GEO), place)
        ):
            return Terms.PROHIBITED
        permitted = _tokens(licence.permits, Scope.USAGE)
        if permitted is None or usage in _spread(permitted):
            costs.append(_cost(content, licence))
    if not costs:
        return Terms.OMITTED
    return (Terms.FREE, Terms.CONDITIONAL, Terms.PAID)[min(costs)]


def _cost(content: Content, licence: Licence) -> _Cost:
    if licence.payment in PAID:
        return _Cost.PAID
    if licence.payment not in {None, "free"} or licence.reporting or content.server:
        return _Cost.CONDITIONAL
    return _Cost.FREE


def _tokens(lists: Iterable[Tokens], scope: Scope) -> tuple[str, ...] | None:
    """Give all tokens of that scope; None where there is no such list, which is not an empty one."""
    found = [entry.tokens for entry in lists if entry.scope is scope]
    return tuple(token for tokens in found for token in tokens) if found else None


def _holds(tokens: tuple[str, ...] | None, who: str | None) -> bool:
    return tokens is None or _names(tokens, who)


def _names(tokens: tuple[str, ...] | None, who: str | None) -> bool:
    if not tokens or who is None:
        return False
    return who in tokens or (who in EU and "EU" in tokens)


@lru_cache(maxsize=1024)
def _spread(tokens: tuple[str, ...]) -> frozenset[str]:
    """Give the usages that tokens contain: `all` contains everything, `ai-all` what is done with AI (section 3.4.1)."""
    found = frozenset(tokens)
    if "all" in found:
        found |= {"ai-all", "search", ANY_OTHER}
    return found | frozenset(AI_USAGES) if "ai-all" in found else found


def _users(content: Content) -> tuple[str | None, ...]:
    return (None, *USERS) if any(True for _ in _scoped(content, Scope.USER)) else (None,)


def _places(content: Content) -> tuple[str | None, ...]:
    named = {token for tokens in _scoped(content, Scope.GEO) for token in tokens}
    return (None, *sorted(named))


def _scoped(content: Content, scope: Scope) -> Iterable[tuple[str, ...]]:
    for licence, usage in product(content.licences, ("permits", "prohibits")):
        found = _tokens(getattr(licence, usage), scope)
        if found is not None:
            yield found


def reach(pattern: str, url: str) -> int:
    """Give how much of `pattern` matches; -1 where it does not.  An empty one stands for whatever names the document."""
    if not pattern:
        return 0
    if "://" in pattern:
        try:
            if origin_of(pattern) != origin_of(url):
                return -1
        except ValueError:
            return -1
        parts = urlsplit(pattern)
        pattern = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return match_length(pattern.encode(), path_of(url))
