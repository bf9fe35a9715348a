"""The reservation as people read it: one page at an address that never moves, in the languages of the declaration."""

from dataclasses import dataclass

from ..core.artifact import File, Markup
from ..core.preference import Preference
from ..core.use import Use
from ..declaration.model import PAGE_PATH, Carrier, Declaration, PathException
from .frame import render

SIGNATURE = b'<meta name="generator" content="voorbehoud">'
"""By this we know a page of ours again where the record of what we wrote was lost."""


@dataclass(frozen=True, slots=True)
class _Forms:
    """In which machine-readable forms the page says that the reservation stands."""

    robots: bool
    tdm_file: bool
    tdm_policy: bool
    ai_txt: bool
    tags: bool
    headers: bool

    @classmethod
    def of(cls, wish: Declaration) -> "_Forms":
        carriers = wish.carriers
        return cls(
            robots=bool({Carrier.ROBOTS_TXT, Carrier.CONTENT_USAGE, Carrier.CONTENT_SIGNAL} & {*carriers}),
            tdm_file=Carrier.TDM_FILE in carriers,
            tdm_policy=wish.policy not in {None, wish.page},
            ai_txt=Carrier.AI_TXT in carriers,
            tags=bool({Carrier.TDM_META, Carrier.ROBOTS_META} & {*carriers}),
            headers=bool({Carrier.TDM_HEADER, Carrier.X_ROBOTS_TAG, Carrier.CONTENT_USAGE} & {*carriers}),
        )


def policy_page(wish: Declaration, tags: tuple[Markup, ...] = ()) -> File:
    """Give the reservation page; `tags` stand in its own head, as in every other page."""
    values = {
        "wish": wish,
        "tags": tags,
        "reserved": tuple(use for use in Use if wish.reserves(use)),
        "open": tuple(use for use in Use if wish.reserves(use) is False),
        "exceptions": tuple((e.path, changes) for e in wish.exceptions if (changes := _changes(wish, e))),
        "forms": _Forms.of(wish),
    }
    body = render("page/policy.html", **values).encode()
    return File(PAGE_PATH + "index.html", body, "text/html; charset=utf-8")


def _changes(wish: Declaration, exception: PathException) -> tuple[tuple[Use, bool], ...]:
    """Give the uses for which something else holds below the path of `exception`: True reserved, False allowed."""
    return tuple(
        (use, wanted is Preference.DISALLOWED)
        for use in Use
        if (wanted := wish.preference(use, exception.path)) is not wish.preference(use)
    )
