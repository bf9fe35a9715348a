"""The outcome of a check, for people and for programs."""

import json
from collections.abc import Iterator

from ..i18n import count, moment, say
from .instant import iso
from .problem import Level, Problem
from .verify import Verification

SCHEMA = "voorbehoud.evidence-check/1"
MARKS = {Level.ERROR: "✗", Level.WARNING: "!"}


def text(outcome: Verification, lang: str) -> Iterator[str]:
    """Yield the outcome line by line.  Values may come from a bundle that somebody else made: escape before showing."""
    manifest = outcome.manifest
    if manifest is not None:
        observations = count("evidence-page.observations", len(manifest.seen), lang)
        created = moment(manifest.created, lang)
        yield say("evidence.about", lang, site=manifest.site, observations=observations, created=created)
        yield ""
    if not outcome.sound:
        yield f"✗ {say('evidence.not-sound', lang)}"
    elif outcome.problems:
        yield f"! {say('evidence.sound-in-itself', lang)}"
    else:
        yield f"✓ {say('evidence.sound', lang)}"
    yield from (_line(found, lang) for found in outcome.problems)
    if manifest is None:
        return
    yield ""
    yield f"· {count('evidence.files', len(manifest.files), lang)}"
    yield f"· {say('evidence.judged', lang, number=outcome.judged, all=len(manifest.seen))}"
    if outcome.signature_trusted:
        yield f"· {say('evidence.signed', lang, public=manifest.key)}"
    if outcome.stamp is not None:
        seconds = f"{(outcome.stamp.at - manifest.created).total_seconds():+.0f}"
        at, signer = moment(outcome.stamp.at, lang), outcome.stamp.signer
        yield f"· {say('evidence.stamped', lang, at=at, signer=signer, seconds=seconds)}"


def dumps(outcome: Verification) -> str:
    """Give the outcome as JSON, ASCII only."""
    manifest, stamp = outcome.manifest, outcome.stamp
    told = {
        "schema": SCHEMA,
        "sound": outcome.sound,
        "site": manifest and manifest.site,
        "created": manifest and iso(manifest.created),
        "observations": len(manifest.seen) if manifest else 0,
        "judged": outcome.judged,
        "signature": {"trusted": outcome.signature_trusted, "public_key": manifest and manifest.key},
        "stamp": stamp
        and {
            "trusted": outcome.stamp_trusted,
            "at": iso(stamp.at),
            "signer": stamp.signer,
            "serial": str(stamp.serial),
        },
        "problems": [
            {"key": p.key, "level": p.level.value, "file": p.file, "message": p.told("en")}
            for p in outcome.problems
        ],
    }
    return json.dumps(told, indent=2) + "\n"


def _line(found: Problem, lang: str) -> str:
    place = f"{found.file}: " if found.file else ""
    return f"  {MARKS[found.level]} {place}{found.told(lang)}"
