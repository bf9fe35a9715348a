"""What many declarations have in common, composed and proven once; then each maker's own words are put in their places.

Two declarations have the same shape when they differ only in name, contact, address and date.  A mould of that shape is cast
with stand-ins for these words, and serves only makers whose own words every syntax writes as they are (`_INERT`): letters,
digits, spaces and a few marks that no parser of ours or of others gives a meaning.  All others go the long way, with a proof of
their own.  Why that cannot let a wrong file through: docs/decisions/0081.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from .. import i18n
from ..core.artifact import File, Header, Markup, RobotsRecord
from ..core.errors import PublishError
from ..declaration.model import Declaration
from . import robots_merge
from .compose import Composition, Level, compose, sentences
from .plan import Ready, ready
from .prove import Proof, prove, prove_robots
from .quoting import comment

MOST = 64
"""Moulds that are kept; the one that was not used for the longest time goes first."""

WIDTH = 100
"""Where `quoting.comment` wraps."""

_INERT: dict[str, re.Pattern[str]] = {
    "name": re.compile(r"[^\W_](?:[ .-]?[^\W_])*"),
    "on_behalf_of": re.compile(r"[^\W_](?:[ .-]?[^\W_])*"),
    "contact": re.compile(r"[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*@[a-z0-9](?:[.-]?[a-z0-9])*"),
    "licence_contact": re.compile(r"[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*@[a-z0-9](?:[.-]?[a-z0-9])*"),
    "offer": re.compile(r"https://[a-z0-9](?:[.-]?[a-z0-9])*(?:/[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*)*/?"),
    "site": re.compile(r"https://[a-z0-9](?:[.-]?[a-z0-9])*"),
}
_MARKER = re.compile("voorbehoud", re.IGNORECASE)
"""A name with this word in it could wrap into one of our own marker lines."""


@dataclass(frozen=True, slots=True)
class _Words:
    """A maker's own words, by the names of `_INERT`; None: nothing of the kind is said."""

    name: str
    on_behalf_of: str | None
    contact: str
    licence_contact: str | None
    offer: str | None
    site: str
    since: date

    @classmethod
    def of(cls, wish: Declaration) -> "_Words":
        who, licence = wish.declarer, wish.licence
        return cls(
            who.name, who.on_behalf_of, who.contact, licence.contact, licence.offer, wish.site, wish.since
        )

    def into(self, wish: Declaration) -> Declaration:
        """Give `wish` with these words in the places of its own; what it does not say stays unsaid."""
        who, licence = wish.declarer, wish.licence
        return replace(
            wish,
            declarer=replace(
                who, name=self.name, contact=self.contact, on_behalf_of=who.on_behalf_of and self.on_behalf_of
            ),
            licence=replace(
                licence,
                contact=licence.contact and self.licence_contact,
                offer=licence.offer and self.offer,
            ),
            site=self.site,
            since=self.since,
        )

    def forms(self) -> list[str]:
        """Give every form in which these words are published, in one order; empty where there is nothing to say."""
        day, month, year = self.since.day, self.since.month - 1, self.since.year
        return [
            self.name,
            self.on_behalf_of or "",
            self.contact,
            self.licence_contact or "",
            self.offer or "",
            self.site,
            self.since.isoformat(),
            f"{day} {_months('nl')[month]} {year}",
            f"{day} {_months('en')[month]} {year}",
        ]

    def inert(self, ascii_only: bool) -> bool:
        """Tell whether every syntax writes each of them as it is."""
        return (
            all(
                (value := getattr(self, key)) is None or pattern.fullmatch(value) is not None
                for key, pattern in _INERT.items()
            )
            and not _MARKER.search(self.name)
            and not (self.on_behalf_of and _MARKER.search(self.on_behalf_of))
            and not (ascii_only and not (self.name + (self.on_behalf_of or "")).isascii())
        )


STAND_IN = _Words(
    "Xqnaam Zwartekunst",
    "Xqrecht Zwartekunst",
    "xqpost@xqmail.example",
    "xqvraag@xqmail.example",
    "https://xqlicentie.example/xqpad",
    "https://xqsite.example",
    date(2017, 3, 28),
)
"""What a mould is cast with: no word of it stands in any template, and none is part of another."""

OTHER = _Words(
    "Jo",
    "Vereniging van zeer langdurig samenwerkende beeldmakers in Groningen en Ommelanden",
    "j@a.nl",
    "langer.adres-voor.vragen@kantoor-van-de.vereniging.example",
    "https://a.nl/",
    "https://beeldmakers-in-groningen-en-ommelanden.example",
    date(2024, 12, 1),
)
"""What it is tried with: shorter and longer, so that whatever depends on more than the words themselves is seen."""


class _Text:
    """A text with places for words."""

    __slots__ = ("_parts", "_places")

    def __init__(self, text: str, words: Iterable[str]) -> None:
        order = {word: number for number, word in enumerate(words) if word}
        longest_first = sorted(order, key=lambda word: (-len(word), word))
        self._parts = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", text)
        self._places = [(at, order[self._parts[at]]) for at in range(1, len(self._parts), 2)]

    @property
    def plain(self) -> bool:
        return not self._places

    def filled(self, words: list[str]) -> str:
        parts = self._parts.copy()
        for at, number in self._places:
            parts[at] = words[number]
        return "".join(parts)


class Mould:
    """The composition of one shape of declaration.  Raises PublishError where it cannot be proven, as `ready` does."""

    def __init__(self, shape: Declaration) -> None:
        """`shape`: a declaration with the words of `STAND_IN`."""
        cast, sample = ready(shape, shape.site), compose(shape)
        robots = _robots_alone(shape, sample)
        self.proof: Proof = cast.proof
        self._sample, self._words = sample, STAND_IN.forms()
        told = sentences(shape)
        wrapped = [comment(sentence) for sentence in told]
        self._told = [_Text(sentence, self._words) for sentence in told]
        words = self._words + wrapped
        self._files = [
            (file.path, _Text(file.body.decode(), words), file.media_type) for file in sample.files
        ]
        self._comment = _Text(sample.comment, words)
        self._robots = _Text(robots, words)
        self._records = [(record, _Text(record.value, words)) for record in sample.records]
        self._levels = [self._level(level) for level in sample.levels]
        self._guarded = self._level(sample.guarded)
        self._try(OTHER.into(shape))

    def fill(self, words: _Words) -> Ready:
        """Give what a maker with these words serves; they must be inert."""
        forms = words.forms()
        forms += [wrapped(text.filled(forms)) for text in self._told]
        sample = self._sample
        ours = Composition(
            origin=words.site,
            files=tuple(File(path, text.filled(forms).encode(), kind) for path, text, kind in self._files),
            comment=self._comment.filled(forms),
            groups=sample.groups,
            records=tuple(RobotsRecord(record.name, text.filled(forms)) for record, text in self._records),
            levels=tuple(level(forms) for level in self._levels),
            guarded=self._guarded(forms),
            open=sample.open,
        )
        return Ready(ours, self.proof, self._robots.filled(forms).encode())

    def _level(self, level: Level) -> Callable[[list[str]], Level]:
        headers = [(one, _Text(one.value, self._words)) for one in level.headers]
        markup = [(one, _Text(one.content, self._words)) for one in level.markup]

        def filled(forms: list[str]) -> Level:
            return Level(
                level.path,
                tuple(o if t.plain else Header(o.name, t.filled(forms), o.path) for o, t in headers),
                tuple(o if t.plain else Markup(o.name, t.filled(forms), o.path) for o, t in markup),
            )

        return filled

    def _try(self, other: Declaration) -> None:
        """Compose and prove `other` the long way; the mould has to give the same, to the byte."""
        ours = compose(other)
        long = Ready(ours, prove(other, ours), _robots_alone(other, ours).encode())
        if self.fill(_Words.of(other)) != long:
            raise UnfitError("what is published depends on more than the words themselves")


class UnfitError(Exception):
    """A shape that no mould can be cast of: its declarations go the long way."""


class Moulds:
    """Prepares declarations, each by the mould of its shape where that is safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Declaration, Mould | None] = OrderedDict()
        self.by_hand = 0
        """How many went the long way."""

    def ready(self, wish: Declaration, origin: str) -> Ready:
        """Give what `plan.ready` gives, byte for byte.  Raises PublishError as it does."""
        mould = self._mould(wish) if origin == wish.site and not wish.media else None
        words = _Words.of(wish)
        if mould is None or not words.inert(ascii_only=wish.licence.mining is not None):
            self.by_hand += 1
            return ready(wish, origin)
        return mould.fill(words)

    def _mould(self, wish: Declaration) -> Mould | None:
        shape = STAND_IN.into(wish)
        if shape in self._kept:
            self._kept.move_to_end(shape)
            return self._kept[shape]
        try:
            mould = Mould(shape)
        except (PublishError, UnfitError):  # the long way tells what is wrong, in the maker's own words
            mould = None
        self._kept[shape] = mould
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return mould


@cache
def _months(language: str) -> tuple[str, ...]:
    return tuple(i18n.say(f"month.{number}", language) for number in range(1, 13))


def wrapped(text: str) -> str:
    """Give what `quoting.comment` gives, for a text of words with one space between them."""
    lines, start, end = list[str](), 0, len(text)
    while end - start > WIDTH:
        stop = text.rfind(" ", start, start + WIDTH + 1)
        if stop < 0:  # one long word
            stop = text.find(" ", start)
            if stop < 0:
                break
        lines.append(text[start:stop])
        start = stop + 1
    lines.append(text[start:])
    return "# " + "\n# ".join(lines)


def _robots_alone(wish: Declaration, ours: Composition) -> str:
    """Give the robots.txt of a folder without one.  Raises UnfitError where there is something to tell about it."""
    merged = robots_merge.merge(None, ours)
    if merged.remarks or prove_robots(wish, ours, merged.body):
        raise UnfitError("robots.txt has remarks")
    return merged.body.decode()
