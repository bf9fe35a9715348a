"""Where an answer names a TDM policy: rules of tdmrep.json, the header, the meta element, and what works carry themselves.

Spec: TDMRep, "Core properties" and "Processing priority".  Beside a reservation of 0 a policy is not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.evidence import Capture, Kind, Origin
from ..grammar.page_links import resolve
from . import SIGNALS, read
from .html_page import page_head
from .tdm_words import FAMILY, POLICY


@dataclass(frozen=True, slots=True)
class PolicyNaming:
    """`url`: the absolute address of the policy, without fragment."""

    where: Origin
    url: str


_BY_KIND = {
    kind: tuple(s for s in SIGNALS if s.family == FAMILY and kind in s.reads and kind is not Kind.TDM_POLICY)
    for kind in Kind
}
"""The signals that may name one, in the order of their precedence."""


def named(capture: Capture) -> tuple[PolicyNaming, ...]:
    """Give the policies that an answer names; of a resource the one that counts most comes last.  Never raises."""
    return tuple(dict.fromkeys(_named(capture))) if capture.ok and not _is_silent(capture) else ()


def address(policy: str, base: str) -> str | None:
    """Give where a policy is fetched; None where that is no web address."""
    return resolve(base, policy)


def _is_silent(capture: Capture) -> bool:
    """Tell where no signal needs to be read to know that none of them names a policy; works say it where only reading helps."""
    if any("tdm-policy" in name.lower() for name, _ in capture.headers):
        return False
    if capture.kind is Kind.PAGE:
        return all((meta.name or "").lower() != POLICY for meta in page_head(capture).metas)
    escaped = b"\\" in capture.body or b"\0" in capture.body
    return capture.kind is Kind.TDM_FILE and not escaped and b"policy" not in capture.body.lower()


def _named(capture: Capture) -> Iterator[PolicyNaming]:
    for signal in _BY_KIND[capture.kind]:
        model = read(signal, capture).model
        if model is None:
            continue
        for said in getattr(model, "rules", (model,)):
            url = address(said.policy, capture.url) if said.policy and said.reserved is not False else None
            if url is not None:
                line = getattr(said, "line", 0)
                where = f"line {line}" if line else signal.name
                yield PolicyNaming(Origin(capture.url, where), url)
