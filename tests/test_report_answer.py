"""The word at the top of a report: never milder than the verdict."""

import pytest
from hypothesis import given

from report_verdicts import SITES, resource, site, use_verdict
from voorbehoud.core.statement import Audience
from voorbehoud.core.use import Use
from voorbehoud.evaluate.verdict import ResourceVerdict, SiteVerdict, UseVerdict, Verdict
from voorbehoud.report.answer import Answer, Cause, conclude
from voorbehoud.report.told import answer

UNSET = use_verdict(strict=Verdict.UNSET)
CASES = {
    "nothing says anything": (UNSET, Cause.UNSET),
    "tdm-reservation 0": (use_verdict(strict=Verdict.NOT_RESERVED), Cause.ALLOWED),
    "yes and no": (use_verdict(contradictory=True), Cause.CONTRADICTED),
    "a list of bots": (
        use_verdict(strict=Verdict.UNSET, protective=Verdict.RESERVED, audience=Audience.NAMED),
        Cause.NAMED,
    ),
    "reserved, but not for all": (use_verdict(audience=Audience.NAMED), Cause.NAMED),
    "a mistake in the file": (
        use_verdict(strict=Verdict.UNSET, protective=Verdict.RESERVED),
        Cause.FAVOURABLE,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_way_not_to_be_reserved_is_told_by_its_own_cause(case: str) -> None:
    mining, cause = CASES[case]
    found = conclude(site(resource(mining)))
    assert (found.answer, found.causes) == (Answer.NOT_RESERVED, ((cause, 1),))


def test_a_protected_site_is_reserved() -> None:
    verdict = site(resource(), resource(), protected=True)
    assert conclude(verdict).answer is Answer.RESERVED
    assert answer(verdict, "nl")[1].startswith(
        "Tekst- en datamining is voorbehouden, voor iedereen, op alle 2"
    )


@given(SITES)
def test_only_a_protected_site_is_reserved(verdict: SiteVerdict) -> None:
    found = conclude(verdict)
    assert (found.answer is Answer.RESERVED) == verdict.protected
    assert bool(found.causes) != verdict.protected
    for lang in ("nl", "en"):
        assert answer(verdict, lang)[1].endswith(".")


def test_one_page_that_is_left_out_is_counted() -> None:
    verdict = site(resource(), resource(UNSET), resource())
    assert conclude(verdict).answer is Answer.NOT_EVERYWHERE
    assert (
        answer(verdict, "en")[1]
        == "Nothing reserves text and data mining (at 1 of the 3 pages and files looked at)."
    )


def test_causes_are_told_worst_first() -> None:
    verdict = site(resource(UNSET), resource(use_verdict(contradictory=True)))
    assert conclude(verdict).causes == ((Cause.CONTRADICTED, 1), (Cause.UNSET, 1))


def test_what_could_not_be_fetched_is_neither_reserved_nor_lost() -> None:
    unknown = resource(use_verdict(strict=Verdict.UNDETERMINED))
    assert conclude(site(unknown)).answer is Answer.NOT_ESTABLISHED
    assert conclude(site(resource(), unknown)).answer is Answer.NOT_ESTABLISHED
    assert conclude(site(resource(UNSET), unknown)).answer is Answer.NOT_RESERVED
    assert conclude(site(unknown, reachable=False)).causes == ((Cause.UNREACHABLE, 1),)


def test_a_contradiction_about_training_counts_as_one() -> None:
    clean = resource()
    uses = tuple(
        use_verdict(Use.TRAIN_AI, contradictory=True) if verdict.use is Use.TRAIN_AI else verdict
        for verdict in clean.uses
    )
    verdict = site(ResourceVerdict(clean.url, clean.kind, uses))
    assert conclude(verdict).causes == ((Cause.CONTRADICTED, 1),)


def test_a_site_that_fails_for_another_reason_points_to_the_findings() -> None:
    assert conclude(site(resource())).causes == ((Cause.OTHER, 1),)


def test_a_site_without_resources_is_judged_by_itself() -> None:
    nothing: tuple[UseVerdict, ...] = site().uses
    assert nothing[0].strict is Verdict.UNSET
    assert conclude(site()).causes == ((Cause.UNSET, 0),)
