"""What is asked of one site, and in which order.

First what the origin says about itself (robots.txt, tdmrep.json, ai.txt), then the home page, then a sample of what is
found there: the same one every time.  One question after another, on one connection, with a pause between them.
"""

import asyncio
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from urllib.parse import urlsplit

from ..core.evidence import Capture, Failure, Hop, Kind, origin_of
from ..core.site import family, twins
from ..grammar.markup import HTML_TYPES, Link, links
from ..grammar.page_links import kind_of
from ..grammar.robots import RobotsTxt
from ..signals import tdm_policy_links
from ..signals.rsl_links import named
from .address import wire_form
from .caps import TAIL, cap
from .door import Refusal, open_to_us
from .guard import is_private
from .otherwise import HEAD, PLAIN, Manner, readers
from .sample import feeds, nothing_of, one_of_each_origin, sample, spread, unseen
from .settings import TOKEN, Settings
from .tail import part_of
from .transport import Answer, Transport
from .what_came import is_document, is_page, left_behind, makes_way_for, redirected_to, speaks, values

POLICY_FILES = {
    Kind.ROBOTS: "/robots.txt",
    Kind.TDM_FILE: "/.well-known/tdmrep.json",
    Kind.AI_TXT: "/ai.txt",
}
"""Asked of every origin before anything else, robots.txt first."""

TRUST_FILES = ("/trust.txt", "/.well-known/trust.txt")
"""Asked of the site alone; the second only where the first is not there."""

LLMS_FILE = "/llms.txt"
RSL_MEDIA_FILE = "/.well-known/rsl-media.xml"

MOST_LICENCES = 4
"""Licence documents that are read in one visit; a site has one, seldom two."""

MOST_POLICIES = 4
"""TDM policies that are read in one visit; those beyond are named as Failure.GAVE_UP, for any of them can give all away."""

WORKS = (Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.DOCUMENT, Kind.FEED)
LED_TO = (Kind.DOCUMENT, Kind.FEED)
"""Works that a page seldom shows as a part of itself."""


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """A site to visit: an origin.  `media`: other origins that serve its works.  `extra_pages`: absolute URLs to ask besides.

    Raises ValueError where one of them is no web address.
    """

    site: str
    media: tuple[str, ...] = ()
    extra_pages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for address in (self.site, *self.media, *self.extra_pages):
            wire_form(address)


@dataclass(frozen=True, slots=True)
class SiteVisit:
    """What a site answered, in the order asked."""

    request: SiteRequest
    captures: tuple[Capture, ...]
    started: datetime
    finished: datetime

    @property
    def site(self) -> str:
        return self.request.site


async def visit(
    request: SiteRequest, transport: Transport, settings: Settings, now: Callable[[], datetime]
) -> SiteVisit:
    """Give what a site answers.  Never raises because of a server."""
    started = now()
    one = _Visit(request, transport, settings, now)
    with transport.visiting():
        await one.run()
    return SiteVisit(request, tuple(one.captures), started, now())


class _Visit:
    """One visit: what was received so far, and how much is left to spend."""

    def __init__(
        self, request: SiteRequest, transport: Transport, settings: Settings, now: Callable[[], datetime]
    ) -> None:
        self.captures: list[Capture] = []
        self._site = origin_of(wire_form(request.site))
        self._media = tuple(origin_of(wire_form(origin)) for origin in request.media)
        self._extra = tuple(wire_form(page) for page in request.extra_pages)
        self._transport = transport
        self._settings = settings
        self._agent = settings.agent
        self._now = now
        self._end = monotonic() + settings.site_seconds
        self._received = 0
        self._bodies: dict[bytes, bytes] = {}  # several readers are mostly told the same
        self._doors: dict[str, RobotsTxt | Refusal | None] = {}
        self._near = family(self._site) | {*self._media}
        self._asked: set[str] = set()
        self._shown: set[str] = set()
        self._links: list[tuple[Link, str]] = []
        self._last_address: str | None = None
        self._looked_at = 0  # how many of the captures were searched for what they name
        self._licences: dict[str, str] = {}  # address, and the first capture that names it
        self._policies: dict[str, str] = {}

    async def run(self) -> None:
        for origin in (self._site, *self._media):
            await self._knock(origin)
        await self._read_trust()
        home = await self._take(f"{self._site}/", Kind.PAGE)
        if home.ok and origin_of(home.url) in self._near:
            self._links.extend((Link(url, Kind.FEED, shown=False), home.url) for url in feeds(home))
        for url in self._extra:
            if url not in self._asked:
                await self._take(url, kind_of(url, "", Kind.PAGE))
        # A page that a stranger answers says nothing about this site, and its works are not the maker's.
        own = {self._site, *self._media, *({origin_of(home.url)} & family(self._site))}
        await self._sample_pages(own)
        await self._sample_works(own)
        await self._look_at_media()
        await self._read_what_is_named()
        if self._settings.otherwise and home.ok:
            await self._take(f"{self._site}{LLMS_FILE}", Kind.LLMS_TXT)
            await self._take(f"{self._site}{RSL_MEDIA_FILE}", Kind.RSL_MEDIA)
            await self._ask_otherwise()
            for twin in twins(self._site):
                if twin not in self._doors:
                    await self._look_at_twin(twin)
            await self._read_what_is_named()

    async def _read_what_is_named(self) -> None:
        """Ask for the licences and TDM policies that the answers so far name and that were not asked for yet."""
        for capture in self.captures[self._looked_at :]:
            for naming in named(capture).namings:
                if naming.url:
                    self._licences.setdefault(naming.url, naming.where.url)
            for policy in tdm_policy_links.named(capture):
                self._policies.setdefault(policy.url, capture.url)
        self._looked_at = len(self.captures)
        await self._read_licences()
        await self._read_policies()

    async def _read_trust(self) -> None:
        """Ask for trust.txt, in the order of its specification; not where the site does not answer at all."""
        if isinstance(self._doors[self._site], Refusal):
            return
        for path in TRUST_FILES:
            found = await self._take(f"{self._site}{path}", Kind.TRUST_TXT)
            if not (found.absent or _is_web_page(found)):
                return

    async def _sample_pages(self, own: Set[str]) -> None:
        """Ask for some pages of the site's own, one with a query string among them: caches and firewalls treat it apart."""
        here = {capture.url for capture in self.captures}
        found = [item for item in self._found(Kind.PAGE) if item[0] not in here]
        mine = [
            item for item in found if origin_of(item[0]) in own or item[0] in self._shown
        ]  # a frame is the page
        plain = self._open([item for item in mine if not urlsplit(item[0]).query])
        asking = self._open([item for item in mine if urlsplit(item[0]).query])
        most = self._settings.pages
        for url, on in sample(plain, most) + asking[: min(1, most)]:
            await self._take(url, Kind.PAGE, on)

    async def _sample_works(self, own: Set[str]) -> None:
        """Ask for some works of each kind: of the site's own origins, and of every other one that the pages show works from.

        Those of more strangers than are entered are still named, as Failure.GAVE_UP, and so is one that robots.txt keeps us
        from.  A document or feed at a stranger that a page only leads to is not the maker's.
        """
        most = self._settings.works
        for kind in WORKS:
            works = self._found(kind)
            if kind in LED_TO:
                near = own | self._near
                works = [item for item in works if origin_of(item[0]) in near or item[0] in self._shown]
            closed = [item for item in works if self._shut_out(item[0])]
            mine = sample(self._open([item for item in works if origin_of(item[0]) in own]), most)
            others = self._open([item for item in works if origin_of(item[0]) not in own])
            first = one_of_each_origin(others, self._settings.origins + most)
            rest = [item for item in others if item not in first]
            more = spread(rest, min(most, max(1, most - len(mine))) - len(first))
            for url, on in dict.fromkeys((*mine, *first, *more, *closed[:1])):
                await self._take(url, kind, on)

    async def _look_at_media(self) -> None:
        """Ask for the home page of each declared origin of which nothing was received; name the origin where that fails too.

        Somebody said that works stand there; a verdict must not rest on not having seen them.
        """
        seen = {origin_of(c.url) for c in self.captures if c.kind.is_resource and c.ok}
        for origin in self._media:
            if origin not in seen and not (await self._take(f"{origin}/", Kind.PAGE)).ok:
                self.captures[-1] = nothing_of(self.captures[-1])

    async def _read_licences(self) -> None:
        """Ask for the licences that were named; like robots.txt they are there to be read."""
        known = self._kept(Kind.LICENCE)
        for url, page in list(self._licences.items())[:MOST_LICENCES]:
            if url not in known:
                await self._take(url, Kind.LICENCE, page)

    async def _read_policies(self) -> None:
        """Ask for the TDM policies that were named; a page that was asked already is not asked twice."""
        known, pages = self._kept(Kind.TDM_POLICY), self._kept(Kind.PAGE)
        for place, (url, page) in enumerate(self._policies.items()):
            if url in known:
                continue
            if url in pages and pages[url].ok and not pages[url].truncated:
                self.captures.append(replace(pages[url], kind=Kind.TDM_POLICY, found_on=page))
            elif place < MOST_POLICIES:
                await self._take(url, Kind.TDM_POLICY, page)
            else:
                why = Refusal(Failure.GAVE_UP, f"more than {MOST_POLICIES} policies are named")
                self.captures.append(self._not_asked(url, Kind.TDM_POLICY, why))

    def _kept(self, kind: Kind) -> dict[str, Capture]:
        """Give what our crawler simply asked for so far, by address."""
        plain = (c for c in self.captures if c.method == "GET" and c.agent == self._agent)
        return {c.asked: c for c in plain if c.kind is kind}

    async def _ask_otherwise(self) -> None:
        """Put the questions that count once more: as other readers, and with HEAD."""
        policies = [f"{self._site}{POLICY_FILES[kind]}" for kind in (Kind.ROBOTS, Kind.TDM_FILE)]
        for manner in readers(self._agent):
            for url, kind in zip(policies, (Kind.ROBOTS, Kind.TDM_FILE), strict=True):
                await self._take(url, kind, manner=manner)
            await self._take(f"{self._site}/", Kind.PAGE, manner=manner)
        works = [c for c in self.captures if c.kind in WORKS and c.ok]
        for url, kind in [(f"{self._site}/", Kind.PAGE), *((work.asked, work.kind) for work in works[:1])]:
            await self._take(url, kind, manner=HEAD)

    async def _look_at_twin(self, twin: str) -> None:
        """Look at the home page of a twin; where nobody answers, or only that nothing is there, nothing is kept.

        Who is refused, or asked to come back later, does not know what others get there (docs/decisions/0003).
        """
        kept = len(self.captures)
        home = await self._take(f"{twin}/", Kind.PAGE)
        refused = home.failure is None and not home.absent
        if not (home.ok or refused or home.failure is Failure.GAVE_UP):
            del self.captures[kept:]

    def _found(self, kind: Kind) -> list[tuple[str, str]]:
        """Give what the pages so far name and was not asked for yet: the address and the first page that names it."""
        found: dict[str, str] = {}
        for link, page in self._links:
            if link.kind is kind and link.url not in self._asked:
                found.setdefault(link.url, page)
        return list(found.items())

    def _open(self, items: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Leave out what robots.txt is known to keep us from; where that is everything, one stands for all."""
        return [item for item in items if not self._shut_out(item[0])] or items[:1]

    def _shut_out(self, url: str) -> bool:
        door = self._doors.get(origin_of(url))
        return isinstance(door, RobotsTxt) and not door.access(TOKEN, url).allowed

    async def _take(
        self, url: str, kind: Kind, found_on: str | None = None, manner: Manner = PLAIN
    ) -> Capture:
        """Ask for `url`, following redirects, and keep what came."""
        self._asked.add(url)
        hops: list[Hop] = []
        left: list[tuple[int, Answer]] = []  # pages that made way, with the number of hops before them
        here, seconds = url, 0.0
        at: datetime | None = None
        while True:
            refusal = await self._refusal(here) if kind.is_resource else None
            at = at or self._now()
            answer = await self._ask(here, kind, manner) if refusal is None else _unasked(refusal)
            seconds += answer.seconds
            try:
                target = redirected_to(here, answer)
            except ValueError as error:
                answer = _failed(answer, f"redirected to what is not a web address: {error}")
                break
            if target is None and kind is Kind.PAGE:
                target = makes_way_for(here, answer)
                if target in {here, *(hop.url for hop in hops)}:
                    target = None  # it loads itself again, now and then
                if target is not None and speaks(answer):
                    left.append((len(hops), answer))
            if target is None:
                break
            if target == here or any(target == hop.url for hop in hops):
                answer = _failed(answer, f"redirected in a circle, back to {target}")
                break
            if len(hops) == self._settings.redirects:
                answer = _failed(answer, f"redirected more than {self._settings.redirects} times")
                break
            hops.append(Hop(here, answer.status or 0, answer.headers, self._now()))
            here = target
        if kind in WORKS and is_page(answer):
            if url in self._shown and kind not in LED_TO:
                words = f"a web page came instead of the {kind} that the page shows"
                answer = replace(answer, failure=Failure.GARBLED, detail=words)
            else:  # MediaWiki calls a page by the name of the picture that it is about
                kind = Kind.PAGE
                answer = await self._ask(here, kind, manner) if answer.truncated else answer
        elif kind.is_resource and is_document(answer):
            kind = Kind.DOCUMENT  # its own words overrule those around it: they must be read
        size, tail = await self._tail(here, answer) if kind is Kind.DOCUMENT else (None, b"")
        capture = Capture(
            asked=url,
            url=here,
            kind=kind,
            status=answer.status,
            headers=answer.headers,
            body=self._bodies.setdefault(answer.body, answer.body),
            at=at,
            seconds=round(seconds, 6),
            hops=tuple(hops),
            truncated=answer.truncated,
            failure=answer.failure,
            detail=answer.detail,
            address=answer.address,
            tls=answer.tls,
            method=manner.method,
            found_on=found_on,
            agent=manner.reader or self._agent,
            size=size,
            tail=tail,
        )
        self.captures.append(capture)
        self.captures.extend(left_behind(capture, place, page) for place, page in left)
        if kind is Kind.PAGE and capture.ok and manner is PLAIN and origin_of(here) in self._near:
            self._read(capture)
        return capture

    async def _tail(self, url: str, answer: Answer) -> tuple[int | None, bytes]:
        """Ask for the end of a document that is longer than what is read: its length and its last bytes, where the server tells."""
        if not answer.truncated or answer.status != 200 or values(answer, "content-encoding"):
            return None, b""
        rest = await self._ask(url, Kind.DOCUMENT, Manner(last=TAIL))
        return part_of(rest, answer) or (None, b"")

    def _read(self, page: Capture) -> None:
        """Learn from a page what else there is to ask for."""
        found = links(page.body, page.url, page.content_type)
        self._links.extend((link, page.url) for link in found)
        self._shown.update(link.url for link in found if link.shown)
        rest = unseen(page, found)
        if rest is not None:
            self.captures.append(rest)

    async def _ask(self, url: str, kind: Kind, manner: Manner) -> Answer:
        """Ask once, after a pause, within what is left of the site's time."""
        if self._last_address is not None and not is_private(self._last_address):
            await asyncio.sleep(min(self._settings.delay, max(0.0, self._end - monotonic())))
        left = self._end - monotonic()
        if left <= 0:
            spent = f"the {self._settings.site_seconds:g} seconds for this site were used up"
            return _unasked(Refusal(Failure.GAVE_UP, spent))
        if self._received >= self._settings.site_bytes:
            spent = f"the {self._settings.site_bytes} bytes for this site were used up"
            return _unasked(Refusal(Failure.GAVE_UP, spent))
        seconds = min(left, self._settings.request_seconds)
        most = manner.last or cap(kind)
        answer = await self._transport.ask(url, cap=most, seconds=seconds, manner=manner)
        self._last_address = answer.address or self._last_address
        self._received += len(answer.body)
        return answer

    async def _refusal(self, url: str) -> Refusal | None:
        """Say why a page or work must not be asked for; None where it may be."""
        origin = origin_of(url)
        if origin not in self._doors:
            strangers = len(self._doors.keys() - self._near)
            if strangers >= self._settings.origins:
                return Refusal(
                    Failure.GAVE_UP, f"the works stand at more than {self._settings.origins} other origins"
                )
            await self._knock(origin)
        door = self._doors[origin]
        if not isinstance(door, RobotsTxt):
            return door
        access = door.access(TOKEN, url)
        if access.allowed:
            return None
        return Refusal(Failure.OBEYED_ROBOTS, f"robots.txt of {origin}, line {access.line}")

    async def _knock(self, origin: str) -> None:
        """Ask for the policy files of an origin, once, and learn from its robots.txt where we may go."""
        if origin in self._doors:
            return
        self._doors[origin] = None
        for kind, path in POLICY_FILES.items():
            door = self._doors[origin]
            if isinstance(door, Refusal) and door.failure is not Failure.OBEYED_ROBOTS:
                self.captures.append(self._not_asked(f"{origin}{path}", kind, door))
                continue
            capture = await self._take(f"{origin}{path}", kind)
            if kind is Kind.ROBOTS:
                self._doors[origin] = open_to_us(capture)

    def _not_asked(self, url: str, kind: Kind, why: Refusal) -> Capture:
        return Capture(
            url,
            url,
            kind,
            None,
            (),
            b"",
            self._now(),
            failure=why.failure,
            detail=why.detail,
            agent=self._agent,
        )


def _unasked(why: Refusal) -> Answer:
    return Answer(None, (), b"", 0.0, failure=why.failure, detail=why.detail)


def _failed(answer: Answer, detail: str) -> Answer:
    return replace(answer, failure=Failure.REDIRECTS, detail=detail)


def _is_web_page(capture: Capture) -> bool:
    return capture.ok and (capture.media_type in HTML_TYPES or capture.body[:64].lstrip().startswith(b"<"))
