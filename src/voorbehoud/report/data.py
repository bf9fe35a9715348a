"""The result for machines: `voorbehoud.check/1`, the contract of check.schema.json and docs/json.md.

Always English and complete, whatever language or width people asked for.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from ..core.evidence import Origin
from ..core.finding import Finding
from ..core.statement import Statement
from ..evaluate.verdict import RULES_VERSION, Platform, ResourceVerdict, SignalResult, SiteVerdict, UseVerdict
from .wire import storable

SCHEMA = "voorbehoud.check/1"
"""Grows by fields that old readers may ignore; anything else gets a new number."""

UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def document(sites: Sequence[SiteVerdict], tool: str) -> dict[str, Any]:
    """Give the verdicts as one JSON object; `tool` is the version that made them.  Fits `schema()`."""
    return {
        "schema": SCHEMA,
        "tool": tool,
        "rules": sites[0].rules if sites else RULES_VERSION,
        "sites": [_site(site) for site in sites],
    }


def dumps(sites: Sequence[SiteVerdict], tool: str) -> str:
    """Give `document` as JSON text, one final line ending.

    Readable, and harmless where it is printed: control and direction characters are written as `\\u` escapes.
    """
    text = json.dumps(document(sites, tool), ensure_ascii=False, indent=2)
    # json escapes C0 only; what is left of such characters can stand nowhere but inside a string.
    return UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of `document`."""
    text = (files(__package__) / "check.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _site(site: SiteVerdict) -> dict[str, Any]:
    return {
        "site": storable(site.site),
        "checked": instant(site.checked),
        "rules": site.rules,
        "protected": site.protected,
        "reachable": site.reachable,
        "uses": _uses(site.uses),
        "signals": [_signal(signal) for signal in site.signals],
        "resources": [_resource(resource) for resource in site.resources],
        "findings": [_finding(finding) for finding in site.findings],
        "platforms": [_platform(platform) for platform in site.platforms],
    }


def _uses(verdicts: Iterable[UseVerdict]) -> dict[str, Any]:
    return {
        verdict.use.value: {
            "strict": verdict.strict.value,
            "protective": verdict.protective.value,
            "audience": verdict.audience.value if verdict.audience else None,
            "contradictory": verdict.contradictory,
            "undetermined": verdict.undetermined,
            "because": [_statement(statement) for statement in verdict.because],
            "overruled": [_statement(statement) for statement in verdict.overruled],
        }
        for verdict in verdicts
    }


def _statement(said: Statement) -> dict[str, Any]:
    return {
        "signal": said.signal,
        "use": said.use.value,
        "preference": said.preference.name.lower(),
        "reading": said.reading.value,
        "audience": said.audience.value,
        "origin": _origin(said.origin),
    }


def _signal(result: SignalResult) -> dict[str, Any]:
    return {
        "signal": result.signal,
        "state": result.state.value,
        "uses": {use.value: preference.name.lower() for use, preference in result.uses},
        "origin": storable(result.origin.url),
        **({"where": storable(result.origin.where)} if result.origin.where else {}),
    }


def _resource(resource: ResourceVerdict) -> dict[str, Any]:
    return {
        "url": storable(resource.url),
        "kind": resource.kind.value,
        "uses": _uses(resource.uses),
        "found_on": None if resource.found_on is None else storable(resource.found_on),
        "fetched": resource.fetched,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": storable(finding.message),
        "why": storable(finding.why),
        "fix": storable(finding.fix),
        "spec": str(finding.rule.spec),
        "spec_url": finding.rule.spec.url,
        "origin": _origin(finding.origin),
    }


def _platform(platform: Platform) -> dict[str, Any]:
    return {"name": platform.name, "evidence": [_origin(origin) for origin in platform.evidence]}


def _origin(origin: Origin) -> dict[str, str]:
    return {"url": storable(origin.url), "where": storable(origin.where)}


def instant(when: datetime) -> str:
    """Give a time as `2026-11-24T09:05:00Z`, whole seconds.  Verdicts are in UTC; a time without a zone is too."""
    utc = when.astimezone(UTC) if when.tzinfo else when
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
