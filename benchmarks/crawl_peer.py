"""The peer of the crawl: Scrapy as it comes, which asks each site what we ask and reads the same signals.

`python -m benchmarks.crawl_peer PLAN ANSWERS` reads origins from stdin and writes a line of JSON for each; the plan says
what a site is asked: method, path, and the User-Agent of another reader or null.
"""

import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import scrapy
from protego import Protego
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request, Response

from .made import agents

AGENTS = agents(150)


class Peer(scrapy.Spider):
    """Reads each file once; what the other readers are told is only compared with that, byte for byte."""

    name = "peer"

    def __init__(
        self, sites: list[str], plan: list[tuple[str, str, str | None]], answers: Path, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self._sites = sites
        self._plan = plan
        self._answers = answers.open("w")
        self._found: dict[str, dict[str, Any]] = {}
        self._bodies: dict[str, dict[str, bytes]] = {}

    async def start(self) -> AsyncIterator[Any]:
        for site in self._sites:
            for method, path, reader in self._plan:
                yield Request(
                    site + path,
                    self.read,
                    method=method,
                    headers={"User-Agent": reader} if reader else None,
                    dont_filter=True,
                    meta={"handle_httpstatus_list": [404]},
                    cb_kwargs={"site": site, "path": path, "plain": method == "GET" and not reader},
                )

    def read(self, response: Response, site: str, path: str, plain: bool) -> Iterator[Any]:
        found = self._found.setdefault(site, {"answers": 0, "differ": False})
        bodies = self._bodies.setdefault(site, {})
        found["answers"] += 1
        if plain and response.status == 200:
            found.update(READ[path](response))
        if response.request is not None and response.request.method == "GET":
            found["differ"] |= bodies.setdefault(path, response.body) != response.body
        found["header"] = found.get("header") or bool(response.headers.getlist("tdm-reservation"))
        if found["answers"] == len(self._plan):
            del self._found[site], self._bodies[site]
            self._answers.write(json.dumps({"site": site, **found}) + "\n")
        yield from ()

    def closed(self, reason: str) -> None:
        self._answers.close()


def read_robots(response: Response) -> dict[str, Any]:
    file = Protego.parse(response.text)
    return {
        "refused": sum(not file.can_fetch(response.url.replace("robots.txt", ""), name) for name in AGENTS)
    }


def read_tdm(response: Response) -> dict[str, Any]:
    rules = json.loads(response.body)
    return {"file": [rule["tdm-reservation"] for rule in rules if rule["location"] in {"/", "/*"}]}


def read_page(response: Response) -> dict[str, Any]:
    """Read meta and link elements and what the page links to, as everybody does who uses Scrapy."""
    metas = {
        (meta.attrib.get("name") or meta.attrib.get("property") or "").lower(): meta.attrib.get("content")
        for meta in response.xpath("//meta")
    }
    links = [
        *response.xpath("//a/@href").getall(),
        *response.xpath("//link/@href").getall(),
        *response.xpath("//img/@src").getall(),
    ]
    path = "sample" if "werk.html" in response.url else "home"
    return {
        path: metas.get("tdm-reservation"),
        f"{path} robots": metas.get("robots"),
        f"{path} links": len(links),
    }


READ: dict[str, Callable[[Response], dict[str, Any]]] = {
    "/robots.txt": read_robots,
    "/.well-known/tdmrep.json": read_tdm,
    "/ai.txt": lambda response: {"ai.txt": len(response.text.splitlines())},
    "/": read_page,
    "/werk.html": read_page,
    "/licence.xml": lambda response: {
        "licence": response.xpath("//*[local-name()='prohibits']/text()").getall()
    },
}


def main(plan: Path, answers: Path) -> None:
    """Crawl with default settings; only the log goes nowhere."""
    process = CrawlerProcess({"REMOTE_CONTROL_ENABLED": False, "LOG_FILE": os.devnull})
    process.crawl(Peer, sites=sys.stdin.read().split(), plan=json.loads(plan.read_text()), answers=answers)
    process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
