"""Which TDM policy goes with a page or file, and what it gives away of what is reserved there.

The policy of the highest layer that names one counts: reservation and policy are superseded each on its own.  One that a
higher layer replaces still stands where somebody finds it, so what it gives away contradicts the reservation.
Source: TDMRep, "Core properties" and "Processing priority"; docs/decisions/0025.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..core.evidence import Capture, Failure, Kind
from ..core.finding import Finding
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from ..signals.tdm_policy import CLAIMED, for_people
from ..signals.tdm_policy_links import address, named
from ..signals.tdm_policy_read import Permission, TdmPolicy
from ..signals.tdm_policy_rules import TDP102, TDP103, TDP104
from ..signals.tdm_words import FAMILY
from .effective import effective
from .effective import heard as heard_in
from .listen import Heard, listen, settled
from .transport import reason
from .verdict import SignalState


@dataclass(frozen=True, slots=True)
class Conditions:
    """The policies of a visit, by the address that names them."""

    documents: Mapping[str, Heard]
    findings: tuple[Finding, ...]

    @property
    def heard(self) -> tuple[Heard, ...]:
        return tuple(self.documents.values())

    def govern(
        self, url: str, resource: Capture | None, said: Collection[Statement]
    ) -> tuple[Statement, ...]:
        """Give what the policies say about `url`, where `said` reserves mining for a literal reader; `resource`: its answer."""
        tdmrep = [s for s in said if s.family == FAMILY]
        literal = heard_in(tdmrep, Reading.STRICT, Audience.EVERYONE)
        if effective(Use.TDM, literal) is not Preference.DISALLOWED:
            return ()
        layers = sorted((s for s in literal if s.policy is not None), key=lambda s: s.rank)
        urls = [address(s.policy or "", s.origin.url) for s in layers]
        urls += [naming.url for naming in named(resource)] if resource is not None else []
        found: list[Statement] = []
        for place, policy in enumerate(dict.fromkeys(reversed([u for u in urls if u is not None]))):
            given = self._said(policy, url)
            found += given if place == 0 else (replace(s, rank=CLAIMED) for s in given)
        return tuple(found)

    def _said(self, policy: str, url: str) -> tuple[Statement, ...]:
        heard = self.documents.get(policy)
        return () if heard is None else heard.say(url)

    def unread(
        self, url: str, resource: Capture | None, said: Collection[Statement]
    ) -> tuple[Statement, ...]:
        """Give what the worst policy would say in the place of each that was named here and not looked at."""
        worst = Conditions(
            {
                policy: replace(heard, model=_GIFT)
                for policy, heard in self.documents.items()
                if not looked_at(heard.capture)
            },
            (),
        )
        return worst.govern(url, resource, said) if worst.documents else ()


def conditions(captures: Sequence[Capture]) -> Conditions:
    """Give the policies that `captures` hold, and what is wrong with them and with the places that name them."""
    documents: dict[str, Heard] = {}
    for capture in captures:
        known = documents.get(capture.asked)
        if capture.kind is Kind.TDM_POLICY and (known is None or not settled(known.capture)):
            (heard,) = listen(capture)
            documents[capture.asked] = replace(heard, state=_state(heard))
    findings = [finding for heard in documents.values() for finding in heard.findings]
    return Conditions(documents, (*findings, *_of_namings(captures, documents)))


def looked_at(capture: Capture) -> bool:
    """Tell whether what a policy says was found out, or could not be by anybody: not where others may get what we did not."""
    return (settled(capture) and not capture.truncated) or capture.failure in NOBODY


NOBODY = frozenset({Failure.DNS, Failure.CONNECT, Failure.FORBIDDEN_ADDRESS, Failure.REDIRECTS})
"""Why nobody gets a policy: it stands nowhere, at an address that only its own network knows, or at the end of no road."""

_GIFT = TdmPolicy(None, (Permission(),))
"""The worst that a policy can say: everybody may mine, for nothing."""


def _state(heard: Heard) -> SignalState:
    if heard.capture.ok and (heard.model is not None or for_people(heard.capture)):
        return SignalState.PRESENT
    # Whoever names a policy that does not exist, or is none, has a broken one.
    return SignalState.BROKEN if settled(heard.capture) else SignalState.UNDETERMINED


def _of_namings(captures: Sequence[Capture], documents: Mapping[str, Heard]) -> Iterator[Finding]:
    for capture in captures:
        for naming in named(capture):
            if naming.url.startswith("http:") and capture.url.startswith("https:"):
                yield TDP103.at(naming.where, url=naming.url)
            policy = documents[naming.url].capture if naming.url in documents else None
            if policy is None or policy.ok:
                continue
            unseen = policy.failure in {Failure.GAVE_UP, Failure.ELSEWHERE}
            yield (TDP104 if unseen else TDP102).at(naming.where, url=naming.url, reason=reason(policy))
