"""HTML: what the head of a page says, against lxml, which reads the whole page."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import lxml.html

from voorbehoud.grammar.markup import head

from .made import page
from .measure import Row, side_by_side

SIZES = ((30_000, 5.0), (300_000, 35.0), (5_000_000, 500.0))  # bytes, and the ratio that is promised


def rows(quick: bool) -> Iterator[Row]:
    """Yield a row for each size.  The answer: every meta element with name, property and content, every link with rel and href."""
    for size, floor in SIZES:
        body = page(30_000 if quick else size)
        yield from side_by_side(
            f"meta and link elements of a page, {size // 1000:,} KB",
            partial(by_us, body),
            (("lxml.html, tree and XPath", partial(by_lxml, body), floor),),
            quick,
        )


Told = tuple[list[tuple[str | None, str | None, str | None]], list[tuple[str, str]]]


def by_us(body: bytes) -> Told:
    found = head(body, "text/html; charset=utf-8")
    return (
        [(meta.name, meta.property, meta.content) for meta in found.metas],
        [(" ".join(link.rel), link.href) for link in found.links],
    )


def by_lxml(body: bytes) -> Told:
    tree: Any = lxml.html.document_fromstring(body)
    return (
        [(meta.get("name"), meta.get("property"), meta.get("content")) for meta in tree.xpath("//meta")],
        [(link.get("rel"), link.get("href")) for link in tree.xpath("//link[@href]")],
    )
