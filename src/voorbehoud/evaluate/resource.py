"""The verdict on one page or file, from everything that was said about it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from ..core.evidence import Kind
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from .effective import bearing, effective, heard, standing
from .verdict import UseVerdict, Verdict

COULD_DECIDE: Mapping[Kind, frozenset[Use]] = MappingProxyType(
    {
        Kind.TDM_FILE: frozenset({Use.TDM, Use.TRAIN_AI}),
        Kind.ROBOTS: frozenset(Use),
        Kind.AI_TXT: frozenset({Use.TRAIN_AI}),
        Kind.TRUST_TXT: frozenset({Use.TRAIN_AI}),
        Kind.LICENCE: frozenset(Use),  # `all` is any automated processing, mining too
    }
)
"""For which uses a policy file that could not be fetched may hold the answer."""


RANKED: Mapping[str, frozenset[Use]] = MappingProxyType({"tdmrep": frozenset({Use.TDM, Use.TRAIN_AI})})
"""Families in which what stands inside a work overrules everything around it, and the uses that this can change."""


def judge_use(
    use: Use,
    found: Collection[Statement],
    missing: Collection[Kind],
    fetched: bool,
    unread: Collection[str] = (),
) -> UseVerdict:
    """Say what holds for `use`.

    `found`: all statements about the resource.  `missing`: the policy files of its origin that could not be fetched.
    `fetched` False: the resource itself gave no usable answer, so a header or tag of its own may say anything.
    `unread`: families whose words inside the resource could not be read: those may overrule what the family says around it.

    A list of names is never strict: the strict reading asks what any reader, named or not, must conclude.
    """
    # What other families reserve stands, whatever the file says inside; the rest hangs on it (docs/decisions/0021).
    hanging = {family for family in unread if use in RANKED.get(family, ())}
    everything, found = (
        found,
        [s for s in found if s.use is use or (use is Use.TRAIN_AI and s.use is Use.TDM)],
    )
    if not found and fetched and not missing and not hanging:
        return UseVerdict(use, Verdict.UNSET, Verdict.UNSET)
    certain = [s for s in found if s.family not in hanging]
    literal = heard(certain, Reading.STRICT, Audience.EVERYONE)
    kindly = heard(certain, Reading.PROTECTIVE)
    kindly_to_all = heard(certain, Reading.PROTECTIVE, Audience.EVERYONE)
    strict = _verdict(effective(use, literal))
    protective = Verdict.RESERVED if strict is Verdict.RESERVED else _verdict(effective(use, kindly))

    audience = None
    if Verdict.RESERVED in {strict, protective}:
        for_all = strict is Verdict.RESERVED or effective(use, kindly_to_all) is Preference.DISALLOWED
        audience = Audience.EVERYONE if for_all else Audience.NAMED

    doubtful = {
        reading
        for reading in (Reading.STRICT, Reading.PROTECTIVE)
        if hanging or not fetched or _open(use, everything, missing, reading)
    }
    if not fetched:
        # Its own header or tag could still say 0: a file of the origin does not settle it (TDMRep, "Processing priority").
        strict = protective = Verdict.UNDETERMINED
    if strict is not Verdict.RESERVED and Reading.STRICT in doubtful:
        strict = Verdict.UNDETERMINED
    if protective is not Verdict.RESERVED and Reading.PROTECTIVE in doubtful:
        protective = Verdict.UNDETERMINED

    deciding = bearing(use, literal) or bearing(use, kindly)
    strongest = max((s.preference for s in deciding), default=Preference.UNKNOWN)
    because = tuple(s for s in deciding if s.preference is strongest)
    return UseVerdict(
        use=use,
        strict=strict,
        protective=protective,
        audience=audience,
        contradictory=contradicts(use, found),
        undetermined=Verdict.UNDETERMINED in {strict, protective},
        because=because,
        overruled=tuple(s for s in found if s.use is use and s not in because),
    )


def unless(verdict: UseVerdict, worst: Collection[Statement]) -> UseVerdict:
    """Give the verdict, undetermined where it would fall if what we did not read were the worst."""
    if verdict.strict is not Verdict.RESERVED:
        return verdict
    if judge_use(verdict.use, worst, (), fetched=True).strict is Verdict.RESERVED:
        return verdict
    return replace(verdict, strict=Verdict.UNDETERMINED, undetermined=True)


def contradicts(use: Use, found: Collection[Statement]) -> bool:
    """Tell whether literal readers are told both yes and no about one use of one resource, whoever wins.

    A permission counts for whomever it is meant: those agents are told no and yes.  A refusal counts where everyone hears it.
    Exceptions by path are no contradiction: a file is asked about one URL and gives one answer.
    """
    literal = heard(found, Reading.STRICT)
    said = [*bearing(use, literal), *(s for s in literal if s.use is use)]
    refused = any(s.preference is Preference.DISALLOWED and s.audience is Audience.EVERYONE for s in said)
    return refused and any(s.preference is Preference.ALLOWED for s in said)


def _verdict(preference: Preference) -> Verdict:
    return (Verdict.UNSET, Verdict.NOT_RESERVED, Verdict.RESERVED)[preference]


def _open(use: Use, found: Collection[Statement], missing: Collection[Kind], reading: Reading) -> bool:
    """Tell whether a file that could not be fetched may change the verdict on `use` in that reading."""
    for kind in missing:
        if use not in COULD_DECIDE[kind]:
            continue
        if kind is Kind.ROBOTS and use is Use.TDM and reading is Reading.STRICT:
            continue  # nothing in a robots.txt speaks of mining at large; a crawl ban counts for the protective reading only
        if kind is Kind.TDM_FILE and any(
            s.rank > 0 for s in standing(Use.TDM, heard(found, reading)) if s.family == "tdmrep"
        ):
            continue  # the file is the lowest layer of its family: the header or tag that was received overrules it
        return True
    return False
