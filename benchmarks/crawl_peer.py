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
from urllib.parse import urlsplit

import scrapy
from protego import Protego
from scrapy.crawler import CrawlerProcess
from scrapy.http import Request, Response

from .made import agents

AGENTS = agents(150)


class Peer(scrapy.Spider):
    """Reads each file once; what the other readers are told is only compared with that: status, body, fields with a signal."""

    name = "peer"

    def __init__(
        self, sites: list[str], plan: list[tuple[str, str, str | None]], answers: Path, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self._sites = sites
        self._plan = plan
        self._answers = answers.open("w")
        self._found: dict[str, dict[str, Any]] = {}
        self._told: dict[str, dict[str, tuple[int, bytes, dict[str, list[bytes]]]]] = {}

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
        found = self._found.setdefault(site, {"answers": 0, "differ": False, "signals": []})
        told = self._told.setdefault(site, {})
        found["answers"] += 1
        fields = {name: response.headers.getlist(name) for name in FIELDS}
        found["signals"] += [SIGNAL_OF[name] for name, values in fields.items() if values]
        if plain and response.status == 200 and path in READ:
            read = READ[path](response)
            found["signals"] += read.pop("signals", ())
            found.update(read)
        if response.request is not None and response.request.method == "GET":
            answer = (response.status, response.body, fields)
            found["differ"] |= told.setdefault(path, answer) != answer
        if found["answers"] == len(self._plan):
            del self._found[site], self._told[site]
            self._answers.write(json.dumps({"site": site, **found}) + "\n")
        yield from ()

    def closed(self, reason: str) -> None:
        self._answers.close()


def read_robots(response: Response) -> dict[str, Any]:
    file = Protego.parse(response.text)
    home = response.url.replace("robots.txt", "")
    refused = sum(not file.can_fetch(home, name) for name in AGENTS)
    lines = (line.partition("#")[0].partition(":") for line in response.text.splitlines())
    names = [name.strip().lower() for name, colon, _ in lines if colon]
    found = ["robots-txt"]
    found += [signal for name, signal in LINES.items() if name in names]
    remarks = " ".join(line.partition("#")[2] for line in response.text.splitlines())
    return {"refused": refused, "signals": found, "remarks": sentences(remarks)}


def read_tdm(response: Response) -> dict[str, Any]:
    rules = json.loads(response.body)
    reserved = [rule["tdm-reservation"] for rule in rules if rule["location"] in {"/", "/*"}]
    policies = [rule["tdm-policy"] for rule in rules if "tdm-policy" in rule]
    return {"file": reserved, "policies": policies, "signals": ["tdm-file"]}


def read_ai(response: Response) -> dict[str, Any]:
    rules = (line.partition("#")[0].partition(":") for line in response.text.splitlines())
    refused = [value.strip() for name, _, value in rules if name.strip().lower() == "disallow"]
    return {"ai.txt": len(refused), "signals": ["ai-txt"]}


def read_licence(response: Response) -> dict[str, Any]:
    """Read the terms of an RSL document, each with what it covers."""
    terms = {}
    for content in response.xpath("//*[local-name()='content']"):
        for element in ("prohibits", "permits"):
            said = content.xpath(f".//*[local-name()='{element}']/text()").getall()
            terms[f"{content.attrib.get('url')} {element}"] = said
    return {"licence": terms, "signals": ["rsl"]}


def read_page(response: Response) -> dict[str, Any]:
    """Read what a page says and links to with the selectors of Scrapy, as everybody does who uses it."""
    metas = {
        (meta.attrib.get("name") or meta.attrib.get("property") or "").lower(): meta.attrib.get("content", "")
        for meta in response.xpath("//meta")
    }
    licences = [
        link.attrib.get("href")
        for link in response.xpath("//link")
        if "license" in link.attrib.get("rel", "")
    ]
    addresses = response.xpath(
        "//a/@href | //area/@href | //link/@href | //img/@src | //source/@src | //video/@src | //audio/@src | //iframe/@src"
    )
    links = {response.urljoin(address) for address in set(addresses.getall())}
    words = [word.strip().lower() for word in metas.get("robots", "").split(",")]
    rights = [
        right
        for script in response.xpath("//script[@type='application/ld+json']/text()").getall()
        for right in rights_of(json.loads(script))
    ]
    signals = ["tdm-meta"] if "tdm-reservation" in metas else []
    signals += ["robots-meta"] if {"noai", "noimageai"} & set(words) else []
    signals += ["search-engines"] if ENGINES & {word.partition(":")[0] for word in words} else []
    signals += ["schema-org"] if rights else []
    text = response.xpath("string(//body)").get("")  # the quickest way, that of scripts with it
    hosts = {urlsplit(address).hostname for address in response.xpath("//script/@src | //img/@src").getall()}
    path = "sample" if "werk.html" in response.url else "home"
    return {
        path: metas.get("tdm-reservation"),
        f"{path} links": len(links),
        f"{path} licences": licences,
        f"{path} words": sentences(text),
        f"{path} platforms": [name for name in PLATFORMS if name in metas.get("generator", "").lower()],
        f"{path} hosts": len(hosts),
        "signals": signals,
    }


def rights_of(value: Any) -> Iterator[str]:
    """Yield the properties about rights in structured data, however deep."""
    if isinstance(value, dict):
        yield from (name for name in value if name in RIGHTS)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from rights_of(one)


def sentences(text: str) -> list[str]:
    """Give what is said about mining, or about all rights, in words for people."""
    small = text.lower()
    return [words for words in SENTENCES if words in small]


FIELDS = ("tdm-reservation", "tdm-policy", "content-usage", "x-robots-tag", "link")
SIGNAL_OF = {
    "tdm-reservation": "tdm-header", "tdm-policy": "tdm-header", "content-usage": "content-usage-header",
    "x-robots-tag": "x-robots-tag", "link": "rsl",
}  # fmt: skip
LINES = {"content-usage": "content-usage", "content-signal": "content-signal", "license": "rsl"}
ENGINES = {"nosnippet", "noarchive", "nocache", "max-snippet"}
RIGHTS = {"license", "acquireLicensePage", "usageInfo", "copyrightNotice", "creditText", "digitalSourceType"}
PLATFORMS = ("wordpress", "wix", "squarespace", "webflow", "ghost", "cargo")
SENTENCES = ("text and data mining", "tdm", "datamining", "all rights reserved", "rechten voorbehouden")
READ: dict[str, Callable[[Response], dict[str, Any]]] = {
    "/robots.txt": read_robots,
    "/.well-known/tdmrep.json": read_tdm,
    "/ai.txt": read_ai,
    "/trust.txt": lambda response: {"signals": ["trust-txt"]},
    "/": read_page,
    "/werk.html": read_page,
    "/licence.xml": read_licence,
}


def main(plan: Path, answers: Path) -> None:
    """Crawl with default settings; only the log goes nowhere."""
    process = CrawlerProcess({"REMOTE_CONTROL_ENABLED": False, "LOG_FILE": os.devnull})
    process.crawl(Peer, sites=sys.stdin.read().split(), plan=json.loads(plan.read_text()), answers=answers)
    process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
