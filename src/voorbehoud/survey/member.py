"""What a member's own report tells, out of the store: the last visit to each site, and how long it has been so."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..core.errors import UserError
from ..evaluate.site import judge
from ..evaluate.verdict import RULES_VERSION, SiteVerdict
from ..history import Standing, Store
from ..report.member import Held, Own, Spell

A_ROUND = timedelta(days=2)
"""A site that was visited this much before a round began can just as well have been in it."""


def own_sites(store: Store, *, member: str | None = None, site: str | None = None) -> tuple[Own, ...]:
    """Give the sites of a member, or the one site (an origin), that were visited.

    Raises UserError where the store knows none.
    """
    if member is not None:
        wanted = [known.site for known in store.sites_of(member)]
        if not wanted:
            raise UserError(
                f"--member {member}: no list that was crawled into this store had that member. "
                "`voorbehoud report --format csv --rows sites` lists all of them."
            )
    else:
        wanted = [site] if site is not None else []
    found = tuple(own for address in wanted if (own := _own(store, address)) is not None)
    if not found:
        raise UserError(
            f"{', '.join(wanted)}: never visited. The address must be the one of the list, with http:// or www. where "
            "that has it; `voorbehoud report --format csv --rows sites` lists all of them."
        )
    return found


def _own(store: Store, site: str) -> Own | None:
    newest = store.newest(site)
    if newest is None:
        return None
    last, verdict = newest
    standings = tuple(store.timeline(site))
    platform = next((standing.platform for standing in reversed(standings) if standing.platform), "")
    spells = tuple(_spells(standings))
    if last.rules != RULES_VERSION:
        verdict = _by_the_rules_of_today(store, last)
        held = _held(verdict)
        if held is not spells[-1].held:  # what other rules said of the visits before is no comparison
            spells = (Spell(held, last.at, last.at, 1),)
    return Own(verdict, platform, spells, _passed(store, last))


def _by_the_rules_of_today(store: Store, last: Standing) -> SiteVerdict:
    """Judge the last visit again: a member must not go on believing what we know better by now."""
    (*_, seen) = store.observations(last.member.site, since=last.at)
    return judge(seen.site, seen.captures, seen.verdict.checked)


def _held(found: Standing | SiteVerdict) -> Held:
    if not found.reachable:
        return Held.SILENT
    return Held.RESERVED if found.protected else Held.NOT_ALL


def _passed(store: Store, last: Standing) -> datetime | None:
    """Give when the newest finished round began, where it passed the site by and is not of the same days."""
    later = [
        count.run.started
        for count in store.runs()
        if count.observed and count.run.finished and count.run.id > last.run
    ]
    return later[-1] if later and later[-1] - last.at > A_ROUND else None


def _spells(standings: Iterable[Standing]) -> list[Spell]:
    """Give the visits in a row that came to the same, oldest first."""
    spells: list[Spell] = []
    for standing in standings:
        held = _held(standing)
        if spells and spells[-1].held is held:
            spells[-1] = Spell(held, spells[-1].first, standing.at, spells[-1].visits + 1)
        else:
            spells.append(Spell(held, standing.at, standing.at, 1))
    return spells
