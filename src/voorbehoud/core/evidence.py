"""What was received, and where in it something stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit


class Kind(StrEnum):
    """Why something was fetched."""

    ROBOTS = "robots.txt"
    TDM_FILE = "tdmrep.json"
    AI_TXT = "ai.txt"
    TRUST_TXT = "trust.txt"
    LLMS_TXT = (
        "llms.txt"  # an index for assistants, never a policy: asked for so that nobody takes it for one
    )
    LICENCE = (
        "licence"  # a document that something else points at: it holds where it is named, not where it stands
    )
    RSL_MEDIA = "rsl-media.xml"  # a draft about works and persons; asked for so that somebody is told of it
    TDM_POLICY = "tdm-policy"  # the same, for the conditions that go with a reservation
    ORIGIN = "origin"  # never an answer: it stands for a declared origin of works of which nothing was seen
    PAGE = "page"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"  # PDF, EPUB and other files to take home
    FEED = "feed"  # RSS, Atom or JSON Feed: the works once more, for programs to take along

    @property
    def is_policy(self) -> bool:
        """Files that state a policy for an origin."""
        return self in {Kind.ROBOTS, Kind.TDM_FILE, Kind.AI_TXT, Kind.TRUST_TXT}

    @property
    def is_resource(self) -> bool:
        """Pages and works: what a verdict is about."""
        return not self.is_policy and self not in _NAMED_OR_ASIDE


_NAMED_OR_ASIDE = frozenset({Kind.LICENCE, Kind.TDM_POLICY, Kind.LLMS_TXT, Kind.RSL_MEDIA, Kind.ORIGIN})


class Failure(StrEnum):
    """Why there is no usable answer.  None of these is ever read as permission or as absence."""

    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECT = "connect"  # refused or unreachable
    RESET = "reset"  # closed before an answer was whole
    TLS = "tls"
    GARBLED = "garbled"  # not HTTP, or headers beyond reading
    REDIRECTS = "redirects"  # more than five, or in a circle
    FORBIDDEN_ADDRESS = "forbidden-address"  # not a global address, and loopback is not switched on
    OBEYED_ROBOTS = "obeyed-robots"  # we did not ask: robots.txt keeps our crawler out
    GAVE_UP = "gave-up"  # the time or bytes for this site were used up before this request
    RIDDLE = "riddle"  # a network in front of the site asks for proof that its reader is a person
    UNREADABLE = "unreadable"  # a file of a folder that cannot be opened
    ELSEWHERE = (
        "elsewhere"  # a page of a folder names it, but it stands at an origin that the folder does not hold
    )


@dataclass(frozen=True, slots=True)
class Hop:
    """A redirect that was followed: evidence too."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer, as received.

    `asked`: the absolute URL that we wanted.  `url`: the one that answered, after `hops`.
    `headers`: in order, repeats kept, names as sent, values decoded as latin-1, of the final answer only (never of a 103).
    `body`: after content decoding, at most as long as the cap of its kind; `truncated` tells that there was more.
    `status` is None exactly when `failure` is not None and no status line came.  `at` is UTC, `seconds` wall time.
    """

    asked: str
    url: str
    kind: Kind
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime
    seconds: float = 0.0
    hops: tuple[Hop, ...] = ()
    truncated: bool = False
    failure: Failure | None = None
    detail: str = ""  # the failure in the words of the library that met it
    address: str | None = None  # the IP address that answered
    tls: str | None = None  # None: plain HTTP; "ok"; else why the certificate was not trusted
    method: str = "GET"
    found_on: str | None = None  # the page that names this resource
    agent: str = ""  # the User-Agent that we sent
    size: int | None = None  # of a truncated body: its whole length, where that is known
    tail: bytes = b""  # of a truncated body: its last bytes, asked for apart (a document has its table of contents there)

    def field(self, name: str) -> tuple[str, ...]:
        """Give every value of a header field in the order received; names are compared without case.

        A name with a space before the colon is another name: clients drop such a line (RFC 9112, section 5.1).
        """
        return _by_name(self.headers).get(name.lower(), ())

    @property
    def content_type(self) -> str:
        """The Content-Type that counts, parameters included: of several the last that is a media type; empty where none is.

        Source: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
        """
        return _counting(self.field("content-type"))

    @property
    def media_type(self) -> str:
        """The media type of `content_type`, lower case, without parameters."""
        return _essence(self.content_type)

    @property
    def media_types(self) -> frozenset[str]:
        """Every media type that the Content-Type fields name, well formed or not, in lower case: more than one is a conflict."""
        said = (_essence(part) for value in self.field("content-type") for part in value.split(","))
        return frozenset(filter(None, said))

    @property
    def ok(self) -> bool:
        """A final 2xx answer was received, other than “not yet” (docs/decisions/0093)."""
        final = self.status is not None and 200 <= self.status < 300 and self.status != NOT_YET
        return self.failure is None and final

    @property
    def absent(self) -> bool:
        """The server said in so many words that there is no such thing (404 or 410): a fact, unlike a failure."""
        return self.failure is None and self.status in {404, 410}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something stands: an address, and the place in it (`line 3`, `header tdm-reservation`, `meta robots`)."""

    url: str
    where: str = ""


NOT_YET = 202
"""The status that promises an answer for later; bot protection tests its visitors with a page under it."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")


@lru_cache(maxsize=64)
def _by_name(headers: tuple[tuple[str, str], ...]) -> Mapping[str, tuple[str, ...]]:
    """Give the values of each field: a dozen readers ask one answer for theirs, and most of them are not there."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        name = name.lower()
        found[name] = (*found.get(name, ()), value.strip(" \t"))
    return found


@lru_cache(maxsize=256)
def _counting(values: tuple[str, ...]) -> str:
    said = [part.strip() for value in values for part in value.split(",")]
    return next((part for part in reversed(said) if _is_media_type(_essence(part))), "")


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_media_type(essence: str) -> bool:
    kind, slash, name = essence.partition("/")
    return bool(slash and _TOKEN.fullmatch(kind) and _TOKEN.fullmatch(name)) and essence != "*/*"


@lru_cache(maxsize=256)
def origin_of(url: str) -> str:
    """Give scheme, host and port of an absolute http(s) URL, the default port left out: `https://e.nl`, `http://e.nl:8080`.

    Raises ValueError where `url` has no host or a port that is none.
    """
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in {"http", "https"} or not host:
        raise ValueError(f"not an absolute http or https URL: {url!r}")
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    return f"{scheme}://{host}" + (
        f":{port}" if port not in {None, {"http": 80, "https": 443}[scheme]} else ""
    )
