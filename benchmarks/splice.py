"""Publishing: one line of ours into a page, against lxml, which writes the page anew."""

from collections.abc import Iterator
from typing import Any

import lxml.html

from voorbehoud.core.artifact import Markup
from voorbehoud.publish.splice import cut, splice

from .made import page
from .measure import Row, side_by_side

OURS = Markup("tdm-reservation", "1")
THEIRS = b'<meta name="tdm-reservation" content="1">\n'


def rows(quick: bool) -> Iterator[Row]:
    """Yield the row for a page of 30 KB that does not say it yet.

    The answer that both sides give is the tag and where it is found in what they wrote; of ours every other byte is checked too.
    """
    bare = page(30_000).replace(THEIRS, b"")
    if cut(splice(bare, (OURS,))) != bare:
        raise AssertionError("a byte of the page was changed")
    written = {"splice": splice(bare, (OURS,)), "lxml": by_lxml(bare)}
    if len({said(one) for one in written.values()}) != 1:
        raise AssertionError("the two pages do not say the same")
    yield from side_by_side(
        "a meta element into a page of 30 KB",
        lambda: splice(bare, (OURS,)) and None,
        (("lxml.html, parse and serialise", lambda: by_lxml(bare) and None, 8.0),),
        quick,
    )


def by_lxml(bare: bytes) -> bytes:
    tree: Any = lxml.html.document_fromstring(bare)
    tree.head.insert(0, tree.makeelement("meta", {"name": OURS.name, "content": OURS.content}))
    written: bytes = lxml.html.tostring(tree, encoding="utf-8", doctype="<!doctype html>")
    return written


def said(body: bytes) -> tuple[str, ...]:
    """Give the values that the head of a page gives the name of our element."""
    tree: Any = lxml.html.document_fromstring(body)
    return tuple(tree.xpath("/html/head/meta[@name='tdm-reservation']/@content"))
