"""Cloudflare's managed block in a robots.txt: where it stands, and what it changes about the site's own file.

Spec: Cloudflare, managed robots.txt.  The block comes first and the site's file follows; groups of the same agent are read as
one (RFC 9309, section 2.2.1), so each can undo what the other says.
"""

from dataclasses import dataclass

from ..grammar.robots import RobotsTxt, lines

_BEGIN, _END = b"begin cloudflare managed content", b"end cloudflare managed content"
_EXPLAINS = (b"content signals", b"express reservations of")
"""Phrases of the text that Cloudflare puts above the block, or in place of a file on free zones."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Who is kept out of the home page, or let in, with the block and was not without it: product tokens, or `*`."""

    closed: tuple[str, ...]
    opened: tuple[str, ...]


def managed(body: bytes) -> range | None:
    """Give the lines of the block, markers included; None where there is none.  Without an end marker it goes on to the end.

    The markers differ in case (`# BEGIN Cloudflare Managed content`, `# END Cloudflare Managed Content`).
    """
    if b"loudflare" not in body:
        return None
    comments = [line.strip(b"# \t").lower() for line in lines(body)]
    if _BEGIN not in comments:
        return None
    first = comments.index(_BEGIN)
    last = comments.index(_END, first) if _END in comments[first:] else len(comments) - 1
    return range(first + 1, last + 2)


def changes(body: bytes, file: RobotsTxt, block: range) -> Changes:
    """Give what the block changes: `file` as served, compared with what is left of it without these lines."""
    rest = b"\n".join(line for number, line in enumerate(lines(body), 1) if number not in block)
    own = RobotsTxt.parse(rest)
    tokens = dict.fromkeys(("*", *(token for part in (file, own) for token, _ in part.named)))
    before, after = ({t for t in tokens if _lets_in(part, t)} for part in (own, file))
    return Changes(
        tuple(t for t in tokens if t in before - after), tuple(t for t in tokens if t in after - before)
    )


def _lets_in(file: RobotsTxt, token: str) -> bool:
    if token != "*":  # noqa: S105 (a product token)
        return file.access(token, "/").allowed
    return file.everyone is None or file.everyone.access("/").allowed


def only_explains(body: bytes, file: RobotsTxt) -> bool:
    """Tell whether a file without a group is Cloudflare's explanation of content signals: free zones serve it in place of none."""
    if file.groups or file.strays:
        return False
    remarks = (line.partition(b"#")[2] for line in lines(body))
    text = b" ".join(b" ".join(remarks).lower().split())
    return all(phrase in text for phrase in _EXPLAINS)
