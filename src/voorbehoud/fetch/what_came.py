"""What an answer turns out to be, whatever it was asked for as, and where it sends us."""

from dataclasses import replace

from ..core.evidence import Capture, Kind
from ..grammar.epub import is_epub
from ..grammar.markup import HTML_TYPES
from ..grammar.page_links import resolve
from ..grammar.pdf import HEADER_WITHIN
from ..signals.tdm_words import RESERVATION
from .address import redirected
from .sample import sent_on
from .transport import Answer

DOCUMENTS = frozenset({"application/pdf", "application/epub+zip"})
"""Media types of documents with metadata inside, which an address need not show."""


def values(answer: Answer, name: str) -> list[str]:
    """Give the values of a header field, in the order received."""
    return [value for key, value in answer.headers if key.strip().lower() == name]


def is_page(answer: Answer) -> bool:
    """Tell whether a web page came."""
    types = _types(answer)
    start = answer.body[:64].lstrip().lower()
    html = not HTML_TYPES.isdisjoint(types) or (not types and start.startswith((b"<!doctype html", b"<html")))
    return _came(answer) and html


def is_document(answer: Answer) -> bool:
    """Tell whether a PDF or EPUB came."""
    start = answer.body[:HEADER_WITHIN]
    inside = b"%PDF-" in start if HTML_TYPES.isdisjoint(_types(answer)) else start.startswith(b"%PDF-")
    return _came(answer) and (not DOCUMENTS.isdisjoint(_types(answer)) or inside or is_epub(start))


def _came(answer: Answer) -> bool:
    return answer.failure is None and 200 <= (answer.status or 0) < 300


def _types(answer: Answer) -> list[str]:
    return [value.partition(";")[0].strip().lower() for value in values(answer, "content-type")]


def makes_way_for(here: str, answer: Answer) -> str | None:
    """Give the page that a page at once makes way for; None where it stays, or where there is no such address."""
    if answer.failure is not None or not 200 <= (answer.status or 0) < 300:
        return None
    content_type = next(iter(values(answer, "content-type")), "")
    address = sent_on(answer.body, content_type, values(answer, "refresh"))
    return None if address is None else resolve(here, address)


def speaks(answer: Answer) -> bool:
    """Tell whether a page says something about mining itself, so that it matters whether somebody stays there."""
    told = values(answer, RESERVATION) or RESERVATION.encode() in answer.body.lower()
    return bool(told and answer.body.strip())


def left_behind(capture: Capture, place: int, page: Answer) -> Capture:
    """Give the page that `capture` left at its hop `place`, because it made way for another one within seconds.

    It is told apart by the fragment `#left`.  Who follows no `<meta http-equiv=refresh>`, as most crawlers, is told what it says.
    """
    return replace(
        capture, asked=f"{capture.hops[place].url}#left", url=capture.hops[place].url, kind=Kind.PAGE, status=page.status,
        headers=page.headers, body=page.body, hops=capture.hops[:place], truncated=page.truncated, failure=page.failure,
        detail=page.detail, address=page.address, tls=page.tls, size=None, tail=b"",
    )  # fmt: skip


def redirected_to(here: str, answer: Answer) -> str | None:
    """Give where an answer sends us; None where it is no redirect.  Raises ValueError where it sends us nowhere."""
    if answer.status not in {301, 302, 303, 307, 308} or answer.failure is not None:
        return None
    location = next(iter(values(answer, "location")), None)
    return None if location is None else redirected(here, location)
