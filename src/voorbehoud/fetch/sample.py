"""Which of the things that pages name are looked at, and what stands for those that are not."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from ..core.evidence import Capture, Failure, Kind, origin_of
from ..grammar.markup import Link, Place, head
from ..grammar.page_links import MOST_LINKS, refresh, resolve
from ..signals.html_page import page_head

Item = TypeVar("Item")

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})

AT_ONCE = 5
"""Seconds within which a page that loads another one is taken for a redirect to it; a visitor hardly sees more of it."""

_head = lru_cache(maxsize=8)(head)
"""A page that several readers are told is mostly the same page."""

_PASSWORD = re.compile(rb"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)


def spread(items: Sequence[Item], number: int) -> list[Item]:
    """Give `number` of the items, or all where there are fewer: the first, the last, and evenly between them."""
    if len(items) <= number or number < 1:
        return list(items[: max(0, number)])
    if number == 1:
        return [items[0]]
    return [items[round(step * (len(items) - 1) / (number - 1))] for step in range(number)]


def sample(items: Sequence[tuple[str, str]], number: int) -> list[tuple[str, str]]:
    """Give `number` of the items (the address comes first), spread, and one of every origin that has none among them."""
    chosen = spread(items, number)
    seen = {origin_of(url) for url, _ in chosen}
    missed = [item for item in items if origin_of(item[0]) not in seen]
    return chosen + (one_of_each_origin(missed, len(missed)) if number else [])


def one_of_each_origin(items: Sequence[tuple[str, str]], number: int) -> list[tuple[str, str]]:
    """Give the first item (its address comes first) of each origin, of at most `number` origins."""
    first: dict[str, tuple[str, str]] = {}
    for item in items:
        first.setdefault(origin_of(item[0]), item)
    return list(first.values())[:number]


def unseen(page: Capture, found: Sequence[Link]) -> Capture | None:
    """Give what stands for the works that a page may show and we did not see; None where everything on it was seen.

    `found`: the links of the page.  It comes as Failure.GAVE_UP at the page's address with the fragment `#unseen`, which no
    server is ever asked for: a verdict that knows all of a page is then not possible.
    """
    if page.truncated:
        why = f"the page is longer than the {len(page.body)} bytes that are read, so works further down were not seen"
    elif len(found) >= MOST_LINKS:
        why = f"the page names {MOST_LINKS} addresses or more, so works further down were not seen"
    elif page.hops and _PASSWORD.search(page.body):
        why = "a page to log in came instead, so the works behind it were not seen"
    else:
        return None
    return _stand_in(page, Kind.PAGE, why, page.url)


def nothing_of(home: Capture) -> Capture:
    """Give what stands for a declared origin of works: no page shows one from there, and `home` is no answer."""
    how = home.failure or f"status {home.status}"
    why = f"works are said to stand here, no page that was looked at shows one, and there is no home page ({how})"
    return _stand_in(home, Kind.ORIGIN, why)


def _stand_in(page: Capture, kind: Kind, why: str, found_on: str | None = None) -> Capture:
    return replace(
        page, asked=f"{page.asked}#unseen", kind=kind, status=None, headers=(), body=b"", hops=(), truncated=False,
        failure=Failure.GAVE_UP, detail=why, found_on=found_on,
    )  # fmt: skip


def feeds(page: Capture) -> tuple[str, ...]:
    """Give the addresses of the feeds that a page names, in its order (HTML, 4.6.7.1: `rel=alternate` with the type of a feed)."""
    found = page_head(page)
    base = resolve(page.url, found.base or "") or page.url
    named = (link for link in found.links if "alternate" in link.rel and link.place is not Place.NOSCRIPT)
    said = (resolve(base, link.href) for link in named if _essence(link.type) in FEED_TYPES)
    return tuple(dict.fromkeys(url for url in said if url is not None))


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def sent_on(body: bytes, content_type: str, fields: Sequence[str]) -> str | None:
    """Give the address, as written, that a page at once makes way for; None where it stays.

    `fields`: the values of its Refresh header, which a browser obeys like `<meta http-equiv=refresh>`.
    """
    # Names of attributes are written as they are, so most pages need not be read for this (in UTF-16 there are NULs).
    metas = _head(body, content_type).metas if b"http-equiv" in body.lower() or b"\0" in body else ()
    said = [
        m.content or ""
        for m in metas
        if (m.http_equiv or "").lower() == "refresh" and m.place is not Place.NOSCRIPT
    ]
    found = next((told for told in map(refresh, (*fields, *said)) if told is not None), None)
    return found[1] if found is not None and found[0] <= AT_ONCE else None
