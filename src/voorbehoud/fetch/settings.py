"""How a crawl behaves: who it says it is, how slowly it goes, and where it stops reading."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

TOKEN = "voorbehoud"  # noqa: S105 (a product token, RFC 9309, section 2.2.1: the name that robots.txt calls us by)

VERSION = version("voorbehoud")

KIB = 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a crawl.  Times in seconds, sizes in bytes; the defaults are what a stranger's server may expect of us.

    `contact`: an address or web page of whoever runs the crawl, sent in the User-Agent.
    `concurrency`: how many sites are open at once at most; `per_address`: how many of them at one IP
    address, and how many questions at one origin.
    `delay`: the pause between two requests to one site; `address_pause`: that between two sites at one address; loopback and
    private addresses need none.  `lobby`: how many sites may wait for their address before others have to wait with them.
    `pages`, `works`: how many pages, and how many works of each kind, are sampled; `origins`: how many strangers' origins
    are entered at most.  `otherwise`: also ask as other readers, with HEAD, and at the site's twins, and for llms.txt.  `ca_file`: certificates to trust instead of the system's.
    """

    contact: str = ""
    allow_private: bool = False
    concurrency: int = 32
    per_address: int = 8
    lobby: int = 500
    delay: float = 0.5
    address_pause: float = 0.25
    connect_seconds: float = 10.0
    request_seconds: float = 20.0
    site_seconds: float = 120.0
    site_bytes: int = 24 * 1024 * KIB
    redirects: int = 5
    header_bytes: int = 256 * KIB
    pages: int = 3
    works: int = 3
    origins: int = 4
    otherwise: bool = True
    ca_file: str | None = None

    @property
    def agent(self) -> str:
        """Give the User-Agent: who we are, where that is explained, and whom to write to."""
        about = "; ".join(filter(None, ("+https://voorbehoud.example/crawler", self.contact)))
        return f"{TOKEN}/{VERSION} ({about})"

    def scrapy(self) -> dict[str, Any]:
        """Give the settings of Scrapy: it schedules sites and counts; everything about one site is the handler's.

        One Scrapy request is one site, so its own middlewares (redirects, cookies, robots, retries) have nothing to do.
        """
        handler = "voorbehoud.fetch.spider.SiteHandler"
        return {
            "DOWNLOAD_HANDLERS": {
                **dict.fromkeys(("http", "https", "ftp", "file", "data", "s3")),
                "site+http": handler,
                "site+https": handler,
            },
            "DOWNLOADER_MIDDLEWARES_BASE": {},
            "SPIDER_MIDDLEWARES_BASE": {},
            "EXTENSIONS_BASE": {"scrapy.extensions.corestats.CoreStats": 0},
            "REMOTE_CONTROL_ENABLED": False,  # on by default since 2.19: a local server that runs any Python it is sent
            "TELNETCONSOLE_ENABLED": False,
            "COOKIES_ENABLED": False,
            "ROBOTSTXT_OBEY": False,  # obeyed in visit.py, with the very file that is judged
            "TWISTED_REACTOR_ENABLED": False,  # libcurl drives the sockets: a plain asyncio loop is all that is needed
            "CONCURRENT_ITEMS": 1,  # the default makes 100 tasks for every response (scrapy issue 5182)
            "CONCURRENT_REQUESTS": self.concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": self.concurrency,  # whoever is let out of the lobby has its turn
            "DOWNLOAD_DELAY": 0,
            "USER_AGENT": self.agent,
            "LOG_LEVEL": "ERROR",
        }


@dataclass(frozen=True, slots=True)
class Order:
    """How a child process must crawl.  `clock_offset`: the seconds that the caller's clock is ahead of the system's."""

    settings: Settings
    clock_offset: float
