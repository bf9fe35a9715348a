"""What an answer turns out to be, whatever it was asked for as."""

from ..grammar.markup import HTML_TYPES
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
    return _came(answer) and (not DOCUMENTS.isdisjoint(_types(answer)) or answer.body.startswith(b"%PDF-"))


def _came(answer: Answer) -> bool:
    return answer.failure is None and 200 <= (answer.status or 0) < 300


def _types(answer: Answer) -> list[str]:
    return [value.partition(";")[0].strip().lower() for value in values(answer, "content-type")]
