"""Answers in which a network asks its reader to prove that it is a person: nothing in them is the site's own.

Many come with a 200 or 202, so their status does not tell.  Each sign below stands in such an answer and in no page of a site.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..core.evidence import Capture, Failure

FIELDS = {
    "cf-mitigated": frozenset({"challenge"}),  # Cloudflare
    "x-amzn-waf-action": frozenset({"challenge", "captcha"}),  # AWS WAF, with 202 and 405
    "x-vercel-mitigated": frozenset({"challenge"}),
    "sg-captcha": frozenset({"challenge"}),  # SiteGround, with 202
}

WORDS = (
    b'id="anubis_challenge"',
    b"sucuri_cloudproxy_js",
    b'id="main-iframe" src="/_Incapsula_Resource',  # without the frame it is a page that Imperva only watches
    b"window._cf_chl_opt",
)
READ = 16 * 1024
"""Bytes that are searched: such pages are small."""


def is_riddle(capture: Capture) -> bool:
    """Tell whether an answer is a riddle for a person, put by a network in front of the site."""
    for name, value in capture.headers:
        known = FIELDS.get(name.lower())
        if known is not None and value.strip().lower() in known:
            return True
    if not capture.body[:256].lstrip().startswith(b"<"):
        return False
    return any(capture.body.find(word, 0, READ) >= 0 for word in WORDS)


def without_riddles(captures: Sequence[Capture]) -> Sequence[Capture]:
    """Give the answers with each riddle as what it is: no answer of the site, whatever its status says."""
    riddles = {number for number, capture in enumerate(captures) if capture.ok and is_riddle(capture)}
    if not riddles:
        return captures
    return tuple(
        replace(capture, failure=Failure.RIDDLE) if number in riddles else capture
        for number, capture in enumerate(captures)
    )
