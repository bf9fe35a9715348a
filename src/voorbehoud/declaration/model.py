"""What a maker wants, as plain data.  `load` makes it from voorbehoud.yaml; every signal renders from it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from urllib.parse import urljoin

from ..core.preference import Preference
from ..core.purpose import DEFAULT_PURPOSES, Purpose
from ..core.use import Use, entailed

PAGE_PATH = "/ai-voorbehoud/"
"""Where the human-readable reservation stands on the maker's site; other files point here, so it never moves."""


POLICY_PATH = "/tdm-policy.json"
"""Where the policy for programs stands.  Not below /.well-known/: names there are given out by a registry (RFC 8615)."""


class DeclarerKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    ESTATE = "estate"
    COLLECTIVE = "collective"


class Consent(StrEnum):
    """What the maker says about cloning voice, likeness or style.  Not `no` and `yes`: YAML turns those into booleans."""

    NEVER = "never"
    ASK = "ask"
    ALLOWED = "allowed"


class Mining(StrEnum):
    """On which conditions somebody may mine what is reserved: after asking, or after asking and paying."""

    ASK = "ask"
    PAID = "paid"


class Carrier(StrEnum):
    """A place where the reservation can be published; one name per signal, as reports use it."""

    ROBOTS_TXT = "robots-txt"
    CONTENT_USAGE = "content-usage"
    CONTENT_SIGNAL = "content-signal"
    TDM_FILE = "tdm-file"
    TDM_HEADER = "tdm-header"
    TDM_META = "tdm-meta"
    TDM_POLICY = "tdm-policy"
    X_ROBOTS_TAG = "x-robots-tag"
    ROBOTS_META = "robots-meta"
    POLICY_PAGE = "policy-page"
    AI_TXT = "ai-txt"
    RSL = "rsl"


DEFAULT_CARRIERS = tuple(carrier for carrier in Carrier if carrier not in {Carrier.AI_TXT, Carrier.RSL})
"""ai.txt stays behind its switch: nearly nobody reads it (Spawning's own library does not).  RSL does too: it is no reservation
of mining but a licence, which a maker chooses with open eyes."""


@dataclass(frozen=True, slots=True)
class Declarer:
    """Who declares.  `contact` is an e-mail address; `on_behalf_of` names the rightsholder when that is somebody else."""

    name: str
    contact: str
    kind: DeclarerKind = DeclarerKind.PERSON
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class MediaOrigin:
    """Another origin that serves works of the site; `folder` is what is uploaded there, relative to the declaration."""

    origin: str
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class PathException:
    """Other wishes for everything whose path starts with `path` (`/press/`); uses not named here stay as they are."""

    path: str
    reserve: frozenset[Use] = frozenset()
    allow: frozenset[Use] = frozenset()


@dataclass(frozen=True, slots=True)
class Licence:
    """Where to ask for permission: an e-mail address, the page of an offer (absolute https URL), or both.

    `mining`: the conditions that programs can read too; None: there is only the page for people.
    """

    contact: str | None = None
    offer: str | None = None
    mining: Mining | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for clones of the maker; None: nothing is said."""

    voice: Consent | None = None
    likeness: Consent | None = None
    style: Consent | None = None


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """Which agents robots.txt names: all of `purposes`, and `add`, without `leave` (product tokens)."""

    purposes: tuple[Purpose, ...] = DEFAULT_PURPOSES
    add: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """One maker's reservation.

    `site` and the media origins are origins (`https://atelier.example`, no path).  `languages`: the first is the main one.
    Paths of `exceptions` are plain prefixes that start with `/`, no wildcards.
    """

    declarer: Declarer
    site: str
    since: date
    media: tuple[MediaOrigin, ...] = ()
    reserve: frozenset[Use] = frozenset({Use.TDM, Use.TRAIN_AI, Use.AI_USE})
    allow: frozenset[Use] = frozenset({Use.SEARCH})
    exceptions: tuple[PathException, ...] = ()
    licence: Licence = field(default_factory=Licence)
    terms: Terms = field(default_factory=Terms)
    agents: AgentProfile = field(default_factory=AgentProfile)
    languages: tuple[str, ...] = ("nl", "en")
    carriers: tuple[Carrier, ...] = DEFAULT_CARRIERS

    def preference(self, use: Use, path: str = "/") -> Preference:
        """Say what the maker wants for `use` at `path`: the longest exception that names the use wins, else the general wish.

        A reserved `tdm` entails a reserved `train-ai` at the same level.
        """
        levels = sorted((e for e in self.exceptions if path.startswith(e.path)), key=lambda e: -len(e.path))
        for reserve, allow in [*((e.reserve, e.allow) for e in levels), (self.reserve, self.allow)]:
            if use in entailed(reserve):
                return Preference.DISALLOWED
            if use in allow:
                return Preference.ALLOWED
        return Preference.UNKNOWN

    def reserves(self, use: Use, path: str = "/") -> bool | None:
        """True: reserved; False: allowed in so many words; None: nothing said, which is not "allowed"."""
        wanted = self.preference(use, path)
        return None if wanted is Preference.UNKNOWN else wanted is Preference.DISALLOWED

    def paths(self) -> tuple[str, ...]:
        """Every path at which something may change, longest first, `/` last: an order in which first match is longest match."""
        return tuple(sorted({e.path for e in self.exceptions} | {"/"}, key=lambda path: (-len(path), path)))

    @property
    def page(self) -> str | None:
        """The absolute URL of the reservation page; None when that page is not published."""
        return urljoin(self.site + "/", PAGE_PATH) if Carrier.POLICY_PAGE in self.carriers else None

    @property
    def policy(self) -> str | None:
        """The absolute URL that `tdm-policy` gives: of the policy for programs where there is one, else of the page."""
        machine = self.licence.mining is not None and Carrier.TDM_POLICY in self.carriers
        return self.site + POLICY_PATH if machine else self.page

    @property
    def rightsholder(self) -> str:
        """Whose rights are reserved."""
        return self.declarer.on_behalf_of or self.declarer.name
