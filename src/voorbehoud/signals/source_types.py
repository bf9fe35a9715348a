"""How a work came about, in the words of IPTC's Digital Source Type: shared by the structured data of a page and the metadata of a file."""

import re
from dataclasses import dataclass

from ..core.spec import IPTC_SOURCE

SPEC = IPTC_SOURCE.section("release of 2024-10-23")
BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"

_TERMS = {
    term.lower(): term
    for term in (
        "algorithmicallyEnhanced", "algorithmicMedia", "composite", "compositeCapture", "compositeSynthetic",
        "compositeWithTrainedAlgorithmicMedia", "computationalCapture", "dataDrivenMedia", "digitalCapture", "digitalCreation",
        "humanEdits", "multiFrameComputationalCapture", "negativeFilm", "positiveFilm", "print", "screenCapture",
        "trainedAlgorithmicMedia", "virtualRecording",
    )
}  # fmt: skip
"""Terms of IPTC's release of 2024-10-23, and of schema.org as seen in public copies; by their lower case."""
RETIRED = {
    "digitalart": "digitalCreation",
    "minorhumanedits": "humanEdits",
    "softwareimage": "digitalCreation",
}
"""Terms that IPTC has retired, and what to write in their place."""
WITH_AI = frozenset({"trainedAlgorithmicMedia", "compositeSynthetic", "compositeWithTrainedAlgorithmicMedia"})
_WRITTEN = re.compile(
    r"(?:https?://(?:cv\.iptc\.org/newscodes/digitalsourcetype/|schema\.org/))?(?P<term>[A-Za-z]+?)(?:DigitalSource)?/?"
)


@dataclass(frozen=True, slots=True)
class SourceType:
    """`term`: as IPTC spells it; None where nobody knows it.  `instead`: what took the place of a retired one."""

    term: str | None
    instead: str | None = None


def source_type(written: str) -> SourceType:
    """Give the term that is meant: an address with http or https, a term of schema.org, or the bare word."""
    match = _WRITTEN.fullmatch(written.strip())
    word = match["term"].lower() if match else ""
    if word in RETIRED:
        return SourceType(RETIRED[word], RETIRED[word])
    return SourceType(_TERMS.get(word))
