"""One crawl of Scrapy in this process, which can run no second one."""

import sys

from scrapy.crawler import AsyncCrawlerProcess

from .settings import Order
from .spider import CLOCK_OFFSET, SETTINGS, Begin, Fail, Give, SiteSpider, Take


def scrape(order: Order, take: Take, give: Give, *, begin: Begin | None = None, fail: Fail) -> bool:
    """Visit the sites that `take` gives until it gives None; tell whether the crawl came to its end.

    `begin` is called when the visit of a site begins, `give` with what came of it, `fail` where that was a mistake of ours.
    """
    allow_many_sockets(order.settings.concurrency)
    process = AsyncCrawlerProcess(
        {**order.settings.scrapy(), SETTINGS: order.settings, CLOCK_OFFSET: order.clock_offset}
    )
    crawler = process.create_crawler(SiteSpider)
    process.crawl(crawler, take=take, give=give, begin=begin, fail=fail)
    process.start(install_signal_handlers=False)
    reason = crawler.stats.get_value("finish_reason") if crawler.stats else None
    return bool(reason == "finished")


def allow_many_sockets(sites: int) -> None:
    """Raise the number of files that this process may have open, as far as it may: a visit has up to four sockets."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * sites + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
