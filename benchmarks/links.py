"""HTML: where a page leads and what it shows, against lxml's tree with the standard library's addresses."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urljoin

import lxml.html

from voorbehoud.grammar.page_links import links

from .made import page
from .measure import Row, side_by_side

SIZES = (30_000, 200_000)  # bytes; longer ones have more than the 2,000 addresses at which we stop
BASE = "https://atelier.example/werk/"


def rows(quick: bool) -> Iterator[Row]:
    """Yield a row for each size.  The answer: every address that is linked to, shown or named as a preview, absolute, each once."""
    for size in SIZES:
        body = page(30_000 if quick else size)
        yield from side_by_side(
            f"addresses of a page, {size // 1000:,} KB",
            partial(by_us, body),
            (("lxml.html, tree and XPath, urljoin", partial(by_lxml, body), None),),
            quick,
        )


def by_us(body: bytes) -> set[str]:
    return {link.url for link in links(body, BASE, "text/html; charset=utf-8")}


def by_lxml(body: bytes) -> set[str]:
    tree: Any = lxml.html.document_fromstring(body)
    written = [
        *tree.xpath("//a/@href | //img/@src"),
        *tree.xpath("//meta[@property='og:image' or @name='twitter:image']/@content"),
        *(piece.split()[0] for srcset in tree.xpath("//img/@srcset") for piece in srcset.split(",")),
    ]
    return {urljoin(BASE, address).replace(" ", "%20") for address in written}
