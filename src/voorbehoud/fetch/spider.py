"""Scrapy's part of a crawl: it schedules sites, holds them apart and counts them.

One Scrapy request is one site (`site+https://atelier.example/`); its download handler makes the whole visit.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import scrapy
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from .address import wire_form
from .lobby import Lobby, rest_wanted
from .settings import Settings
from .transport import Transport
from .visit import SiteRequest, SiteVisit, visit

SETTINGS = "VOORBEHOUD_FETCH"
CLOCK_OFFSET = "VOORBEHOUD_CLOCK_OFFSET"
"""Names of our own settings in Scrapy's: a `Settings`, and the seconds that the caller's clock is ahead of ours."""


Take = Callable[[], Awaitable[SiteRequest | None]]
Give = Callable[[SiteVisit], Awaitable[None]]
Begin = Callable[[SiteRequest], None]
Fail = Callable[[SiteRequest, BaseException], None]


class SiteResponse(Response):
    """The answer to a visit.  There is no body: `visit` holds the captures."""

    def __init__(self, url: str, visit: SiteVisit) -> None:
        super().__init__(url)
        self.visit = visit


class SiteHandler(BaseDownloadHandler):
    """Visits the site in `request.meta["site"]` (a SiteRequest)."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._settings: Settings = crawler.settings[SETTINGS]
        self._ahead = timedelta(seconds=crawler.settings.getfloat(CLOCK_OFFSET))
        self._transport = Transport(self._settings)

    async def download_request(self, request: Request) -> Response:
        site: SiteRequest = request.meta["site"]
        return SiteResponse(request.url, await visit(site, self._transport, self._settings, self._now))

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def close(self) -> None:
        self._transport.close()


class SiteSpider(scrapy.Spider):
    """Takes sites from `take`, tells `begin` when a visit begins, gives visits to `give`; judges nothing.

    No site leaves the lobby before its turn: Scrapy would else draw the whole list into memory.  What goes wrong in our own
    code is told to `fail`; the other sites are still visited.
    """

    name = "site"

    def __init__(
        self,
        take: Take,
        give: Give,
        begin: Begin | None,
        fail: Fail,
        **rest: Any,
    ) -> None:
        super().__init__(**rest)
        self._take = take
        self._give = give
        self._begin = begin
        self._fail = fail

    async def start(self) -> AsyncIterator[Any]:
        self._lobby = Lobby(self._take, self.settings[SETTINGS])
        while (turn := await self._lobby.next()) is not None:
            site, address = turn
            if self._begin is not None:
                self._begin(site)
            # One slot for all: Scrapy would make one for each site, and whoever is let out of the lobby has its turn.
            meta = {"site": site, "address": address, "download_slot": "sites"}
            url = f"site+{wire_form(site.site)}"
            yield Request(url, self.keep, errback=self.crash, meta=meta, dont_filter=True)

    async def keep(self, response: Response) -> None:
        visit, address = cast(SiteResponse, response).visit, response.meta["address"]
        try:
            await self._give(visit)
        finally:
            self._lobby.leave(address, rest_wanted(visit.captures, address))

    def crash(self, failure: Any) -> None:
        self._fail(failure.request.meta["site"], failure.value)
        self._lobby.leave(failure.request.meta["address"])
