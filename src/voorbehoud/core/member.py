"""Whom an organisation looks after: a site, and what its own list says of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A site on a list.

    `site`: an origin in wire form.  `member`: the organisation's own number or name for whoever owns it; never printed in a
    public report.  `media`: other origins that serve its works, in wire form.  `group`: what reports count by (a discipline, a region).
    """

    site: str
    member: str = ""
    media: tuple[str, ...] = ()
    group: str = ""
