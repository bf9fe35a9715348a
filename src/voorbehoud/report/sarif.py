"""The result for code scanning: SARIF 2.1.0, as GitHub, GitLab and editors read it.

Source: OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections as named below.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from ..core.evidence import Origin
from ..core.finding import Finding, Rule, Severity
from ..evaluate.verdict import SiteVerdict
from ..i18n import finding_text, rule_text, where
from .files import Folders, file_of
from .wire import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "voorbehoudFinding/v1"
LEVELS: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.BLOCKER: "error",
        Severity.ERROR: "error",
        Severity.WARNING: "warning",
        Severity.INFO: "note",
    }
)
"""What is well has no level: it is nothing to annotate, and is left out."""

LINE = re.compile(r"\bline (\d+)\b")
LONGEST = 2000
"""Characters of one text; code scanning shows no more."""


def dumps(sites: Sequence[SiteVerdict], tool: str, lang: str, folders: Sequence[Folders] = ()) -> str:
    """Give the findings as the JSON text of one SARIF log with one run; ASCII only, one final line ending.

    `tool`: the version that found them.  `folders`: for each site, those that were read; its findings then stand at files
    (as seen from the working directory, which is the checkout) and not at addresses.
    """
    return json.dumps(document(sites, tool, lang, folders), indent=2) + "\n"


def document(
    sites: Sequence[SiteVerdict], tool: str, lang: str, folders: Sequence[Folders] = ()
) -> dict[str, Any]:
    """Give `dumps` as one JSON object."""
    told = [
        (site, finding, places or {})
        for site, places in zip_longest(sites, folders[: len(sites)])
        for finding in site.findings
        if finding.severity in LEVELS
    ]
    rules = {finding.code: finding.rule for _, finding, _ in told}
    numbers = {code: number for number, code in enumerate(rules)}
    seen = Counter[str]()
    results = []
    for site, finding, places in told:
        print_of = _fingerprint(finding)
        seen[print_of] += 1
        results.append(
            {
                "ruleId": finding.code,
                "ruleIndex": numbers[finding.code],
                "level": LEVELS[finding.severity],
                "message": {"text": _message(finding, lang)},
                "locations": [_location(finding.origin, places, lang)],
                "partialFingerprints": {FINGERPRINT: f"{print_of}:{seen[print_of]}"},
                "properties": {"site": printable(site.site), "severity": finding.severity.value},
            }
        )
    driver = {
        "name": "voorbehoud",
        "version": tool,
        "language": lang,
        "rules": [_rule(rule, lang) for rule in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "voorbehoud/"},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, lang: str) -> dict[str, Any]:
    """Section 3.49, reportingDescriptor.  `{blanks}` stay open: what fills them differs from place to place."""
    text = rule_text(rule, lang)
    message, why, fix = (_plain(part) for part in (text.message, text.why, text.fix))
    return {
        "id": rule.code,
        "shortDescription": {"text": message},
        "fullDescription": {"text": why},
        "help": {
            "text": f"{why}\n\n{fix}\n\n{rule.spec}",
            "markdown": f"{why}\n\n{fix}\n\n[{rule.spec}]({rule.spec.url})",
        },
        "helpUri": rule.spec.url,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _message(finding: Finding, lang: str) -> str:
    message, _, fix = (_plain(printable(text, LONGEST)) for text in finding_text(finding, lang))
    return f"{message}. {fix}"


def _plain(text: str) -> str:
    # Section 3.11.6: `[text](target)` would be a link, also in plain text, and what is in brackets may come from the wire.
    return text.replace("](", "] (")


def _location(origin: Origin, folders: Folders, lang: str) -> dict[str, Any]:
    """Section 3.28.  A line where there is one; else line 1 of a file, for readers that show nothing without."""
    line = LINE.search(origin.where)
    file = file_of(origin.url, folders)
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(file) if file else _url(origin.url)}}
    if line or file:
        place["region"] = {"startLine": max(1, int(line[1])) if line else 1}
    location: dict[str, Any] = {"physicalLocation": place}
    if origin.where:
        location["message"] = {"text": _plain(printable(where(origin.where, lang)))}
    return location


def _uri(file: Path) -> str:
    """Give a path as a relative reference from the working directory, or as a file: address where it lies elsewhere."""
    whole, here = file.absolute(), Path.cwd()
    if not whole.is_relative_to(here):
        return whole.as_uri()
    path = quote(whole.relative_to(here).as_posix().encode("utf-8", "surrogateescape"), safe="/")
    return f"./{path}" if ":" in path.split("/")[0] else path


def _url(url: str) -> str:
    return quote(url.encode("utf-8", "replace"), safe="%/:?#[]@!$&'()*+,;=~")


def _fingerprint(finding: Finding) -> str:
    """Give what stays the same when lines are added above: rule, address, place without its line, values (section 3.27.17)."""
    place = LINE.sub("line", finding.origin.where)
    parts = (finding.code, finding.origin.url, place, *(f"{name}={value}" for name, value in finding.values))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
