"""Observations of one site become a bundle that others can check, and a bundle is checked."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..core.errors import UserError
from ..evaluate.observation import Observation
from ..evaluate.verdict import RULES_VERSION, SiteVerdict
from ..evidence import clock, stamp
from ..evidence.bundle import Draft, link_to
from ..evidence.manifest import AUTHORITY, PAGES, Manifest
from ..evidence.signing import Signer
from ..evidence.verify import Trust, Verification, verify
from ..report import data
from .proof_page import Timeline, page


@dataclass(frozen=True, slots=True)
class Seal:
    """What vouches for a bundle.  None of it is needed, and each that is missing is told in the bundle.

    `authority`: the address of a time-stamp authority; `certificates`: those that stand behind it (PEM).
    `clocks`: addresses of servers whose Date is held beside our clock.
    """

    signer: Signer | None = None
    authority: str | None = None
    certificates: bytes | None = None
    clocks: tuple[str, ...] = ()


def export(
    observations: Iterable[Observation],
    out: Path,
    *,
    site: str,
    since: datetime | None,
    until: datetime | None,
    seal: Seal,
    previous: Path | None = None,
    now: Callable[[], datetime],
) -> Manifest:
    """Make the bundle `out` of `observations`, what was seen of `site`, oldest first; give its manifest.

    `since` and `until`: the period that was asked for; None: from the first observation, until now.
    Nothing about the owner of the site is in it beyond the site itself.  Each observation is held in memory by itself.
    Raises UserError where there is no observation, something stands at `out`, or no stamp could be had.
    """
    if seal.certificates is not None:
        _read_certificates(seal.certificates)
    link = None if previous is None else link_to(previous, site)
    with Draft(out) as draft:
        timeline = Timeline(site)
        for observation in observations:
            draft.observe(observation, _written(observation.verdict, observation.tool))
            timeline.add(observation)
        if not draft.seen:
            raise UserError(
                f"{site}: nothing was observed in that period. "
                "Give another period, or the address as the list of sites has it."
            )
        if seal.certificates is not None:
            draft.place(AUTHORITY, seal.certificates)
        readings = tuple(clock.ask(url, now) for url in seal.clocks)
        created = now()
        manifest = Manifest(
            site=site,
            since=since or draft.seen[0].started,
            until=until or created,
            created=created,
            tool=version("voorbehoud"),
            rules=RULES_VERSION,
            seen=tuple(draft.seen),
            files=tuple(draft.entries),
            clock=readings,
            previous=link,
            stamped=seal.authority is not None,
            authority=None if seal.authority is None else stamp.without_password(seal.authority),
            key=None if seal.signer is None else seal.signer.public,
        )
        for lang, name in PAGES.items():
            draft.place(name, page(manifest, timeline, lang).encode())
        return draft.seal(manifest, seal.signer, seal.authority)


def check(folder: Path, trust: Trust, *, max_gap: timedelta | None = None) -> Verification:
    """Say what is wrong with a bundle, under the rules of today; `max_gap` as in `verify`.  Never raises because of what is in it."""
    if trust.authorities is not None:
        _read_certificates(trust.authorities)
    return verify(folder, trust, _document, max_gap=max_gap)


def _document(verdict: SiteVerdict, tool: str) -> Mapping[str, Any]:
    # As a reader of the file gets it: through JSON, which knows no tuples.
    told: Mapping[str, Any] = json.loads(_written(verdict, tool))
    return told


def _written(verdict: SiteVerdict, tool: str) -> bytes:
    return data.dumps([verdict], tool).encode()


def _read_certificates(pem: bytes) -> None:
    try:
        stamp.certificates(pem)
    except ValueError as error:
        raise UserError(
            f"--tsa-ca: no certificates in it ({error}). Give a PEM file: lines between BEGIN CERTIFICATE and END CERTIFICATE."
        ) from error
