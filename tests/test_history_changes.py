"""What changed at sites: noticed when it is kept, told once to each channel."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from history_stores import Clock, Open, address, clock, opened, store
from made_visits import START, WEEK, visit
from voorbehoud.core.evidence import Failure
from voorbehoud.core.finding import Severity
from voorbehoud.core.member import Member
from voorbehoud.evaluate.drift import Hold, State
from voorbehoud.evaluate.drift_causes import Why
from voorbehoud.evaluate.observation import Observation
from voorbehoud.history import Change, Store
from voorbehoud.history.changes import SENDING

__all__ = ["address", "clock", "opened", "store"]

SITE = "https://atelier.example"
OTHER = "https://b.example"


def kept(store: Store, *observations: Observation) -> None:
    for observation in observations:
        run = store.begin([Member(observation.site, "K-1", (), "beeld")])
        store.claim(run, 1)
        assert store.keep(run, [observation]) == 1


def states(store: Store) -> list[State]:
    return [change.drift.state for change in store.changes()]


# ---- noticed ---------------------------------------------------------------------------------------------------------
def test_what_stays_as_it_is_is_no_change(store: Store) -> None:
    kept(store, *(visit(SITE, START + week * WEEK) for week in range(4)))
    assert states(store) == []


def test_a_loss_is_noticed_confirmed_and_mended(store: Store) -> None:
    gone = [visit(SITE, START + week * WEEK, tdm=None) for week in (1, 2, 3)]
    kept(store, visit(SITE), *gone, visit(SITE, START + 4 * WEEK))
    assert states(store) == [State.WEAKENED, State.LOST, State.PRESENT]
    weakened, lost, _ = store.changes()
    assert lost.member == Member(SITE, "K-1", (), "beeld")
    assert (lost.drift.severity, lost.drift.was) == (Severity.BLOCKER, State.WEAKENED)
    assert (lost.drift.before, lost.drift.at) == (START, START + 2 * WEEK)
    assert [cause.why for cause in lost.causes] == [Why.FILE_GONE, Why.SIGNAL_GONE]
    assert any(m.url == SITE and (m.before, m.after) == (Hold.FULL, Hold.NONE) for m in lost.drift.moves)
    assert weakened.observation < lost.observation
    assert list(store.changes(site=OTHER)) == []
    assert [c.id for c in store.changes(since=START + 2 * WEEK, until=START + 3 * WEEK)] == [lost.id]


def test_memory_outlives_the_process(opened: Open) -> None:
    for week, tdm in enumerate([b'[{"location": "/", "tdm-reservation": 1}]', None, None]):
        store = opened()
        kept(store, visit(SITE, START + week * WEEK, tdm=tdm))
        store.close()
    assert states(opened()) == [State.WEAKENED, State.LOST]


def test_an_outage_is_told_as_one(store: Store) -> None:
    down = [visit(SITE, START + week * WEEK, failure=Failure.TIMEOUT) for week in (1, 2)]
    kept(store, visit(SITE), *down, visit(SITE, START + 3 * WEEK))
    assert states(store) == [State.UNREACHABLE, State.PRESENT]


def test_what_only_our_rules_made_of_it_is_no_change_of_the_site(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voorbehoud.evaluate.site.RULES_VERSION", "2020-01-01")
    old = visit(SITE, tdm=None)
    kept(store, Observation(SITE, visit(SITE).captures, old.started, old.finished, old.verdict, "0.0.1"))
    monkeypatch.undo()
    kept(store, visit(SITE, START + WEEK))
    assert states(store) == [], "judged again by today's rules, the first visit was as good as the second"


def test_a_change_is_not_there_when_its_observation_is_not(
    store: Store, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(store, visit(SITE))
    run = store.begin([Member(SITE)])
    store.claim(run, 1)
    with monkeypatch.context() as broken:
        broken.setattr("voorbehoud.history.ledger.finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.keep(run, [visit(SITE, START + WEEK, tdm=None)])
    assert states(opened()) == []
    assert len(list(opened().timeline(SITE))) == 1
    assert store.keep(run, [visit(SITE, START + WEEK, tdm=None)]) == 1, "it can be kept once more"
    assert states(opened()) == [State.WEAKENED]


# ---- told ------------------------------------------------------------------------------------------------------------
def test_each_channel_is_told_once(store: Store, clock: Clock) -> None:
    kept(
        store,
        visit(SITE),
        visit(SITE, START + WEEK, tdm=None),
        visit(OTHER),
        visit(OTHER, START + WEEK, tdm=None),
    )
    both = tuple(store.changes())
    assert store.pending("mail") == both
    store.delivered("mail", both)
    clock.wait(days=100)
    assert store.pending("mail") == ()
    assert store.pending("hook") == both


def test_what_one_sender_has_no_other_gets_until_it_was_silent_for_long(
    store: Store, opened: Open, clock: Clock
) -> None:
    kept(store, visit(SITE), visit(SITE, START + WEEK, tdm=None))
    (change,) = store.pending("mail")
    assert opened().pending("mail") == ()
    clock.wait(seconds=SENDING.total_seconds() + 1)
    assert opened().pending("mail") == (change,)
    assert store.attempts("mail", [change]) == {change.id: 2}


def test_what_failed_is_tried_again_when_its_time_has_come(store: Store, clock: Clock) -> None:
    kept(store, visit(SITE), visit(SITE, START + WEEK, tdm=None))
    for attempt in (1, 2, 3):
        (change,) = store.pending("mail")
        assert store.attempts("mail", [change]) == {change.id: attempt}
        store.failed("mail", [change], "550 no \0 such box", clock.at + timedelta(hours=1))
        assert store.pending("mail") == ()
        clock.wait(hours=1)
    store.pending("mail")
    store.failed("mail", [change], "for ever", None)
    clock.wait(days=1)
    assert store.pending("mail") == ()


def test_pending_has_a_limit_and_a_beginning(store: Store) -> None:
    kept(store, visit(SITE), visit(SITE, START + WEEK, tdm=None), visit(SITE, START + 2 * WEEK, tdm=None))
    assert [c.drift.state for c in store.pending("a", limit=1)] == [State.WEAKENED]
    assert [c.drift.state for c in store.pending("a", limit=1)] == [State.LOST]
    assert [c.drift.state for c in store.pending("b", since=START + 2 * WEEK)] == [State.LOST]


def lose(store: Store, site: str) -> None:
    """Let a site lose its file, and be told so in two changes."""
    kept(store, visit(site), *(visit(site, START + week * WEEK, tdm=None) for week in (1, 2)))


def numbers(changes: Sequence[Change]) -> list[int]:
    return [change.id for change in changes]


def test_what_was_tried_together_comes_again_together_and_before_what_is_new(
    store: Store, clock: Clock
) -> None:
    lose(store, SITE)
    first = store.pending("mail", limit=1)
    second = store.pending("mail")
    lose(store, OTHER)
    new = store.pending("mail")
    assert [numbers(each) for each in (first, second, new)] == [[1], [2], [3, 4]]
    for each, minutes in ((first, 5), (new, 3), (second, 5)):
        clock.wait(seconds=1)
        store.failed("mail", each, "later", clock.at + timedelta(minutes=minutes))
    clock.wait(hours=1)
    lose(store, "https://c.example")
    listed = [[3, 4], [1], [2], [5, 6]]
    assert [numbers(each) for each in store.due("mail")] == listed
    assert [numbers(store.pending("mail", limit=1)) for _ in range(5)] == [[3, 4], [1], [2], [5], [6]]
    assert store.due("mail") == ()


def test_who_died_with_a_message_is_followed_by_the_same_message(
    store: Store, opened: Open, clock: Clock
) -> None:
    lose(store, SITE)
    assert numbers(store.pending("mail")) == [1, 2]
    lose(store, OTHER)
    clock.wait(seconds=SENDING.total_seconds())
    assert numbers(opened().pending("mail")) == [1, 2]


def test_changes_can_be_told_member_by_member(store: Store, clock: Clock) -> None:
    for number, site in ((1, SITE), (2, OTHER), (1, "https://c.example")):
        for seen in (visit(site), visit(site, START + WEEK, tdm=None)):
            run = store.begin([Member(site, f"K-{number}")])
            store.claim(run, 1)
            store.keep(run, [seen])
    assert store.members_to_tell("members") == ("K-1", "K-2")
    assert store.members_to_tell("members", START + 2 * WEEK) == ()
    assert numbers(store.pending("members", member="K-1")) == [1, 3]
    assert store.members_to_tell("members") == ("K-2",)
    (other,) = store.due("members", member="K-2")
    store.failed("members", other, "later", None)  # nobody had claimed it
    store.delivered("members", store.pending("members", member="K-2"))
    clock.wait(hours=1)
    assert store.members_to_tell("members") == ("K-1",)


def test_what_failed_can_be_hurried_and_stays_apart(store: Store, clock: Clock) -> None:
    lose(store, SITE)
    for _ in range(2):
        store.failed("mail", store.pending("mail", limit=1), "550 \0 no", clock.at + timedelta(days=1))
        clock.wait(seconds=1)
    lose(store, OTHER)
    store.pending("mail")
    assert [(s.number, s.error) for s in store.stuck("mail")] == [(1, "550 \0 no"), (1, "550 \0 no")]
    assert store.stuck("hook") == ()
    store.hurry("hook")
    assert store.due("mail") == ()
    store.hurry("mail")
    assert [numbers(each) for each in store.due("mail")] == [[1], [2]], "what is being sent is left alone"


def test_what_is_given_up_is_told_as_such(store: Store) -> None:
    lose(store, SITE)
    store.failed("mail", store.pending("mail"), "no such box", None)
    store.hurry("mail")
    assert store.due("mail") == ()
    assert [(s.number, s.error, s.again) for s in store.stuck("mail")] == [(2, "no such box", None)]
    store.revive("mail", {"K-2"}, "no such box")
    store.revive("mail", {"K-1"}, "another")
    store.revive("hook", {"K-1"}, "no such box")
    assert store.due("mail") == ()
    store.revive("mail", {"K-1"}, "no such box")
    assert [numbers(each) for each in store.due("mail")] == [[1, 2]]


def test_the_newest_changes_first(store: Store) -> None:
    lose(store, SITE)
    lose(store, OTHER)
    assert numbers(store.newest_changes(3)) == [4, 3, 2]
    assert store.verdict(store.newest_changes(1)[0].observation).site == OTHER
