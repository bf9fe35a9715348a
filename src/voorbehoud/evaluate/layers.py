"""Which layer between a server and its readers changed what was published: a CDN, a cache, or the server itself.

Two looks at the same site are compared: as readers get it, and at the address of the server behind it.  Where the second
was not given, only what answers say of themselves is told, as a suspicion.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ..core.evidence import Capture, Origin
from ..core.finding import Finding
from .expect_rules import EXP405, EXP406, EXP407, EXP408
from .site import sorted_findings
from .verdict import SiteVerdict

DIFFERENCES = frozenset({"EXP101", "EXP102", "EXP103", "EXP401", "EXP402", "EXP403", "EXP404"})
"""Findings that a carrier is not served as declared."""

LAYERS: tuple[tuple[str, str, str, str], ...] = (
    ("Cloudflare", "cf-ray", "", "https://developers.cloudflare.com/fundamentals/reference/http-headers/"),
    ("Cloudflare", "server", "^cloudflare$", ""),
    ("Amazon CloudFront", "x-amz-cf-id", "", "https://http.dev/x-amz-cf-id"),
    (
        "Fastly",
        "x-served-by",
        "^cache-",
        "https://www.fastly.com/documentation/reference/http/http-headers/X-Served-By/",
    ),
    ("Fastly", "x-fastly-request-id", "", ""),
    ("Akamai", "server", "^AkamaiGHost", ""),
    (
        "Azure Front Door",
        "x-azure-ref",
        "",
        "https://learn.microsoft.com/azure/frontdoor/front-door-http-headers-protocol",
    ),
    ("Bunny", "server", "^BunnyCDN", "https://docs.bunny.net/cdn/troubleshooting/run-traceroute"),
    ("Imperva", "x-iinfo", "", "https://http.dev/x-iinfo"),
    ("KeyCDN", "server", "^keycdn", ""),
    ("Netlify", "x-nf-request-id", "", "https://answers.netlify.com/t/4385"),
    (
        "Sucuri",
        "x-sucuri-id",
        "",
        "https://docs.sucuri.net/website-firewall/troubleshooting/investigating-cache-headers/",
    ),
    ("Vercel", "x-vercel-id", "", "https://vercel.com/docs/headers/response-headers"),
    (
        "Varnish or Fastly",
        "x-varnish",
        "",
        "https://www.fastly.com/documentation/reference/http/http-headers/X-Varnish/",
    ),
    ("LiteSpeed Cache", "x-litespeed-cache", "", "https://check.lscache.io/about"),
)
"""Who passes an answer on, by a field (and a pattern in its value), and where that is written (read on 27 November 2026).

Without a place: nothing of their own was found, but the field or the value bears the name.  Anybody can send any field, so this is
never more than a suspicion.
"""
COPIES = ("via", "x-cache", "x-cache-status", "x-proxy-cache", "cf-cache-status", "age")
"""Fields of anybody who passes an answer on; they tell whether it is a copy, and how old."""
MANAGED = re.compile(rb"^[ \t]*#[ \t]*BEGIN Cloudflare Managed content", re.IGNORECASE | re.MULTILINE)
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Behind:
    """The look at the server behind: its address, its verdict held against the same declaration, and the answers."""

    address: str
    verdict: SiteVerdict
    captures: Sequence[Capture]


def layers(verdict: SiteVerdict, captures: Sequence[Capture], behind: Behind | None) -> SiteVerdict:
    """Give `verdict`, held against a declaration before, with who changed what differs from it."""
    found = tuple(_found(verdict, captures, behind))
    return replace(verdict, findings=sorted_findings([*verdict.findings, *found])) if found else verdict


def passed_on_by(capture: Capture) -> str:
    """Give who passed an answer on, as it says itself, each with its sign: `Cloudflare (cf-ray), age: 12`; empty: nobody says."""
    named: dict[str, str] = {}
    for name, field, pattern, _ in LAYERS:
        if any(re.search(pattern, value, re.IGNORECASE) for value in capture.field(field)):
            named.setdefault(name, field)
    if MANAGED.search(capture.body) and "robots.txt" in capture.asked:
        named["Cloudflare"] = "managed robots.txt"
    said = [f"{name} ({sign})" for name, sign in named.items()]
    said += [
        f"{field}: {value[:_SHOWN]}" for field in COPIES for value in capture.field(field) if value != "0"
    ]
    return ", ".join(said)


def _found(verdict: SiteVerdict, captures: Sequence[Capture], behind: Behind | None) -> Iterator[Finding]:
    served = {capture.asked: capture for capture in captures}
    for url, differences in _by_address(verdict.findings).items():
        passed = passed_on_by(served[url]) if url in served else ""
        if behind is None:
            if passed:
                yield EXP407.at(Origin(url), what=_carriers(differences), layers=passed)
            continue
        path, here = _path(url), Origin(url)
        if not any(_path(capture.asked) == path and _told(capture) for capture in behind.captures):
            yield EXP408.at(here, what=_carriers(differences), behind=behind.address)
            continue
        there = {_key(finding) for finding in behind.verdict.findings if finding.code in DIFFERENCES}
        lost = [finding for finding in differences if _key(finding) not in there]
        same = [finding for finding in differences if _key(finding) in there]
        if lost:
            yield EXP405.at(here, what=_carriers(lost), behind=behind.address, layers=passed or "?")
        if same:
            yield EXP406.at(here, what=_carriers(same), behind=behind.address)


def _by_address(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.code in DIFFERENCES:
            found.setdefault(finding.origin.url, []).append(finding)
    return found


def _key(finding: Finding) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """What makes two findings the same at two addresses of one site."""
    values = tuple((name, value) for name, value in finding.values if name != "url")
    return finding.code, _path(finding.origin.url), values


def _carriers(findings: Iterable[Finding]) -> str:
    """Give the carriers that findings speak of; those that name none are about robots.txt or the policy."""
    plain = {"EXP403": "robots-txt", "EXP404": "tdm-policy"}
    return ", ".join(dict.fromkeys(dict(f.values).get("signal") or plain[f.code] for f in findings))


def _told(capture: Capture) -> bool:
    """Tell whether the server behind gave an answer that can be compared."""
    return capture.ok or capture.absent


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
