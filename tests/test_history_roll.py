"""The sites of a run in a row: what a report counts, in either database."""

from dataclasses import replace

from history_stores import Clock, address, clock, opened, store
from made_visits import START, WEEK, visit
from voorbehoud.core.evidence import Failure
from voorbehoud.core.finding import Severity
from voorbehoud.core.member import Member
from voorbehoud.evaluate.drift import State
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.verdict import SiteVerdict, UseVerdict
from voorbehoud.history import By, Part, Run, Store

__all__ = ["address", "clock", "opened", "store"]

A, B, C = (f"https://{name}.example" for name in "abc")
WIX = (("X-Wix-Request-Id", "1"),)


def crawled(store: Store, *seen: Observation) -> Run:
    members = {
        A: Member(A, "K-1", (), "beeld"),
        B: Member(B, "K-1", (), "muziek"),
        C: Member(C, "=K\0", (), ""),
    }
    run = store.begin([members[o.site] for o in seen])
    store.claim(run, len(seen))
    assert store.keep(run, seen) == len(seen)
    return run


def two_weeks(store: Store, clock: Clock) -> tuple[Run, Run]:
    first = crawled(store, visit(A, page_fields=WIX), visit(B, address="198.51.100.9"))
    clock.at = later = START + WEEK
    second = crawled(
        store,
        visit(A, later, page_fields=WIX, tdm=None),
        visit(B, later, failure=Failure.TIMEOUT, address=None),
        visit(C, later),
    )
    return first, second


def bare(verdict: SiteVerdict) -> SiteVerdict:
    def without(uses: tuple[UseVerdict, ...]) -> tuple[UseVerdict, ...]:
        return tuple(replace(use, because=(), overruled=()) for use in uses)

    resources = tuple(replace(resource, uses=without(resource.uses)) for resource in verdict.resources)
    return replace(verdict, uses=without(verdict.uses), resources=resources, findings=(), platforms=())


def test_a_run_is_rolled_with_verdicts_and_what_changed(store: Store, clock: Clock) -> None:
    _, second = two_weeks(store, clock)
    seen = list(store.roll(second))
    whole = dict(store.verdicts(second))
    assert [s.standing for s in seen] == list(whole)
    assert [s.verdict for s in seen] == [bare(verdict) for verdict in whole.values()]
    turns = [s.turn for s in seen]
    assert [turn.state if turn else None for turn in turns] == [State.WEAKENED, State.UNREACHABLE, None]
    assert turns[0] is not None
    assert (turns[0].was, turns[0].before, turns[0].severity) == (State.PRESENT, START, Severity.WARNING)


def test_an_earlier_run_is_rolled_as_it_was(store: Store, clock: Clock) -> None:
    first, _ = two_weeks(store, clock)
    assert [(s.standing.member.site, s.verdict.protected, s.turn) for s in store.roll(first)] == [
        (A, True, None),
        (B, True, None),
    ]


def test_runs_are_counted_by_parts(store: Store, clock: Clock) -> None:
    first, second = two_weeks(store, clock)
    assert set(store.parts(By.PLATFORM, [first, second])) == {
        Part(first.id, "wix", 1, 1, 1),
        Part(first.id, "", 1, 1, 1),
        Part(second.id, "wix", 1, 1, 0),
        Part(second.id, "", 2, 1, 1),
    }
    assert set(store.parts(By.GROUP, [second])) == {
        Part(second.id, "beeld", 1, 1, 0),
        Part(second.id, "muziek", 1, 0, 0),
        Part(second.id, "", 1, 1, 1),
    }
    assert set(store.parts(By.ADDRESS, [first])) == {
        Part(first.id, "192.0.2.7", 1, 1, 1),
        Part(first.id, "198.51.100.9", 1, 1, 1),
    }


def test_what_a_member_has_and_what_a_site_came_to_last(store: Store, clock: Clock) -> None:
    two_weeks(store, clock)
    assert [member.site for member in store.sites_of("K-1")] == [A, B]
    assert [member.site for member in store.sites_of("=K\0")] == [C]
    assert store.sites_of("nobody") == ()
    newest = store.newest(A)
    assert newest is not None
    assert newest[0].at == START + WEEK
    assert newest[1] == dict(store.verdicts())[newest[0]]
    assert newest[1].findings
    assert store.newest("https://nobody.example") is None
