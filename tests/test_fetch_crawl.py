"""Scrapy in a process of its own: what goes in, what comes out, and what is left behind."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.settings import default_settings

from awkward_servers import NEAR, Farm, Reply, page
from voorbehoud.core.evidence import Failure
from voorbehoud.fetch.crawl import crawl
from voorbehoud.fetch.settings import Settings
from voorbehoud.fetch.visit import SiteRequest

pytest_plugins = ["awkward_servers"]


def now() -> datetime:
    return datetime.now(UTC)


def children() -> set[int]:
    return {
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    }


def test_every_site_is_visited_once_whatever_it_does(farm: Farm) -> None:
    sites = [
        farm.site({"/": page("hi")}),
        farm.site({"/robots.txt": Reply(b"", "reset"), "/": page("")}),
        farm.site({"/robots.txt": Reply(b"HTTP/1.1 200 OK\r\n\r\n", "endless")}),
        farm.site({"/robots.txt": Reply(b"", "stall")}),
        "http://127.0.0.1:1",
        "http://no-such-host.invalid",
        "http://café.invalid",
    ]
    settings = Settings(allow_private=True, request_seconds=0.5, site_seconds=3)
    found = {visit.site: visit for visit in crawl(map(SiteRequest, sites), settings, now=now)}
    assert sorted(found) == sorted(sites)
    assert b"hi" in {capture.body for capture in found[sites[0]].captures}
    assert found[sites[2]].captures[0].truncated
    assert [found[site].captures[0].failure for site in (sites[1], *sites[3:5])] == [
        Failure.RESET,
        Failure.TIMEOUT,
        Failure.CONNECT,
    ]


def test_a_second_crawl_in_the_same_process_works_and_more_sites_than_are_visited_at_once(farm: Farm) -> None:
    sites = [SiteRequest(farm.site({"/": page("hi")})) for _ in range(5)]
    for _ in range(2):
        visits = list(crawl(sites, Settings(allow_private=True, concurrency=2), now=now))
        assert {visit.request for visit in visits} == set(sites)


def test_no_sites_is_no_visits() -> None:
    assert list(crawl([], NEAR, now=now)) == []


def test_the_clock_is_the_callers(farm: Farm) -> None:
    ahead = timedelta(days=400)
    (visit,) = crawl([SiteRequest(farm.site({}))], NEAR, now=lambda: now() + ahead)
    assert abs(visit.started - now() - ahead) < timedelta(minutes=1)
    assert visit.started <= visit.captures[0].at <= visit.finished


def test_an_error_in_the_callers_list_reaches_the_caller(farm: Farm) -> None:
    def sites() -> Iterator[SiteRequest]:
        yield SiteRequest(site)
        raise LookupError("the list is torn")

    site = farm.site({"/": page("")})
    visits = crawl(sites(), NEAR, now=now)
    assert next(visits).site == site
    with pytest.raises(LookupError, match="torn"):
        next(visits)


def test_a_mistake_of_ours_is_loud() -> None:
    broken = Settings(contact=5)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"lost 1 of 1 sites(.|\n)*Traceback"):
        list(crawl([SiteRequest("http://127.0.0.1:1")], broken, now=now))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_who_stops_reading_leaves_no_process(farm: Farm) -> None:
    before = children()
    quick, slow = farm.site({"/": page("")}), farm.site({"/robots.txt": Reply(b"", "stall")})
    visits = crawl([SiteRequest(quick), SiteRequest(slow)], NEAR, now=now)
    assert next(visits).site == quick
    assert children() - before
    visits.close()
    assert children() == before


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_nothing_listens_during_a_crawl(farm: Farm) -> None:
    before = children()
    quick, slow = farm.site({"/": page("")}), farm.site({"/robots.txt": Reply(b"", "stall")})
    visits = crawl([SiteRequest(quick), SiteRequest(slow)], NEAR, now=now)
    next(visits)
    (child,) = children() - before
    held = {str(fd.readlink()) for fd in Path(f"/proc/{child}/fd").iterdir()}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{child}/net/{table}").read_text().splitlines()[1:]
    ]
    listening = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in held]
    visits.close()
    assert held
    assert listening == []


def test_scrapys_settings_are_real_ones_and_in_force() -> None:
    ours = Settings(concurrency=7).scrapy()
    unknown = [name for name in ours if not hasattr(default_settings, name)]
    assert unknown == []
    assert ours["REMOTE_CONTROL_ENABLED"] is False
    assert ours["TELNETCONSOLE_ENABLED"] is False
    assert ours["COOKIES_ENABLED"] is False
    assert ours["CONCURRENT_ITEMS"] == 1
    assert ours["CONCURRENT_REQUESTS"] == 7
    assert set(filter(None, ours["DOWNLOAD_HANDLERS"].values())) == {"voorbehoud.fetch.spider.SiteHandler"}
