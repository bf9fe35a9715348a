"""The ledger: every site once, whoever dies."""

from collections.abc import Iterator

import pytest

from history_stores import Clock, Open, address, clock, opened, sites, store
from made_visits import START, visit
from voorbehoud.core.errors import UserError
from voorbehoud.core.member import Member
from voorbehoud.history import Progress, Run, Store, ledger
from voorbehoud.history import worker as workers
from voorbehoud.history.worker import LEASE

__all__ = ["address", "clock", "opened", "store"]


def look_at_all(store: Store, run: Run, size: int = 7) -> list[str]:
    seen = []
    while claimed := store.claim(run, size):
        seen += [member.site for member in claimed]
        store.keep(run, [visit(member.site) for member in claimed])
    return seen


# ---- lists -----------------------------------------------------------------------------------------------------------
def test_a_run_hands_out_every_site_of_its_list_once(store: Store) -> None:
    run = store.begin(sites(30))
    assert sorted(look_at_all(store, run)) == sorted(member.site for member in sites(30))
    assert store.progress(run) == Progress(done=30)
    assert store.unfinished() is None


def test_what_the_list_says_of_a_site_comes_back_with_its_claim(store: Store) -> None:
    member = Member(
        "https://a.example", "K-0012", ("https://cdn.example", "https://b.example"), "beeld \0 é \ud800"
    )
    assert store.claim(store.begin([member]), 5) == (member,)


def test_a_site_that_stands_on_the_list_twice_is_one_site_as_its_last_line_has_it(store: Store) -> None:
    twice = [Member("https://a.example", "1"), Member("https://a.example", "2")]
    assert store.claim(store.begin(twice), 5) == (twice[1],)


def test_a_run_that_is_not_over_goes_on_with_what_a_newer_list_adds(store: Store, opened: Open) -> None:
    run = store.begin(sites(3))
    first = store.claim(run, 1)
    store.keep(run, [visit(first[0].site)])
    again = opened()
    assert again.begin(sites(5)) == run == again.unfinished()
    assert again.progress(run) == Progress(waiting=4, done=1)


def test_a_fresh_run_ends_the_one_that_is_not_over(store: Store) -> None:
    old = store.begin(sites(3))
    store.claim(old, 1)
    new = store.begin(sites(2), fresh=True)
    assert new != old
    assert store.progress(old) == Progress(dropped=3)
    assert store.progress(new) == Progress(waiting=2)
    assert store.keep(old, [visit(sites(1)[0].site)]) == 0, "what was dropped is not kept"


def test_a_run_that_was_left_alone_for_days_is_ended_by_the_next(store: Store, clock: Clock) -> None:
    old = store.begin(sites(3))
    store.keep(old, [visit(store.claim(old, 1)[0].site)])
    clock.wait(days=2, seconds=1)
    new = store.begin(sites(3))
    assert store.progress(old) == Progress(done=1, dropped=2)
    assert store.progress(new) == Progress(waiting=3), "also what the old one had seen"


def test_a_finished_run_is_followed_by_a_new_one(store: Store) -> None:
    run = store.begin(sites(2))
    look_at_all(store, run)
    assert store.begin(sites(2)) != run


def test_a_list_without_a_site_is_refused_and_leaves_no_run(store: Store) -> None:
    with pytest.raises(UserError, match="names no site"):
        store.begin([])
    assert store.unfinished() is None


def test_a_list_that_breaks_off_leaves_no_run(store: Store) -> None:
    def broken() -> Iterator[Member]:
        yield from sites(2_000)
        raise UserError("line 2001")

    with pytest.raises(UserError, match="line 2001"):
        store.begin(broken())
    assert store.unfinished() is None


# ---- claims ----------------------------------------------------------------------------------------------------------
def test_two_workers_never_get_the_same_site(store: Store, opened: Open) -> None:
    run = store.begin(sites(20))
    other = opened()
    ours, theirs = store.claim(run, 12), other.claim(run, 12)
    assert len(ours) == 12
    assert len(theirs) == 8
    assert not set(ours) & set(theirs)
    assert store.claim(run, 5) == ()


def test_what_others_hold_is_not_kept(store: Store, opened: Open) -> None:
    run = store.begin(sites(2))
    (mine,), (theirs,) = store.claim(run, 1), opened().claim(run, 1)
    assert store.keep(run, [visit(theirs.site), visit(mine.site)]) == 1
    assert [standing.member for standing in store.standings()] == [mine]


def test_claims_of_a_silent_worker_go_to_others_after_the_lease(
    store: Store, opened: Open, clock: Clock
) -> None:
    run = store.begin(sites(3))
    held = store.claim(run, 3)
    other = opened()
    assert other.claim(run, 3) == ()
    clock.wait(seconds=LEASE.total_seconds() + 1)
    assert other.claim(run, 3) == held
    assert store.keep(run, [visit(member.site) for member in held]) == 0, "they are somebody else's by now"
    assert other.keep(run, [visit(member.site) for member in held]) == 3
    assert len(list(store.standings())) == 3


def test_keeping_is_a_sign_of_life(store: Store, opened: Open, clock: Clock) -> None:
    run = store.begin(sites(3))
    held = store.claim(run, 3)
    clock.wait(minutes=10)
    store.keep(run, [visit(held[0].site)])
    clock.wait(minutes=10)
    assert opened().claim(run, 3) == ()


def test_claims_of_a_dead_process_are_taken_over_at_once(
    store: Store, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.begin(sites(2))
    held = store.claim(run, 2)
    monkeypatch.setattr(workers, "is_dead", lambda worker: True)
    assert opened().claim(run, 2) == held


def test_what_is_handed_back_is_free_at_once_and_its_attempt_does_not_count(
    store: Store, opened: Open
) -> None:
    run = store.begin(sites(3))
    for _ in range(5):
        held = store.claim(run, 3)
        store.hand_back(run)
    assert opened().claim(run, 3) == held
    assert store.progress(run) == Progress(claimed=3)


def test_some_sites_can_be_handed_back_alone(store: Store) -> None:
    run = store.begin(sites(3))
    held = store.claim(run, 3)
    store.hand_back(run, [held[1].site, "https://nobody.example"])
    assert store.progress(run) == Progress(waiting=1, claimed=2)
    assert store.keep(run, [visit(member.site) for member in held]) == 2


def test_closing_hands_back_what_is_held(opened: Open) -> None:
    first = opened()
    run = first.begin(sites(2))
    first.claim(run, 2)
    first.close()
    assert opened().progress(run) == Progress(waiting=2)


# ---- giving up -------------------------------------------------------------------------------------------------------
def test_a_site_that_fails_three_times_is_given_up_and_told(store: Store) -> None:
    run = store.begin(sites(1))
    for _ in range(3):
        assert store.claim(run, 9) == sites(1)
        store.hand_back(run, blame=True)
    assert store.claim(run, 9) == ()
    assert store.progress(run) == Progress(given_up=1)
    assert store.given_up(run) == sites(1)
    assert store.unfinished() is None
    assert store.runs()[0].given_up == 1


def test_only_the_site_that_kills_is_given_up_and_not_those_beside_it(opened: Open, clock: Clock) -> None:
    """Each process dies when it meets the site, with everything that it holds."""
    killer = sites(8)[3].site
    run = opened().begin(sites(8))
    for _ in range(20):
        process = opened()
        while claimed := process.claim(run, 4):
            if killer in {member.site for member in claimed}:
                break
            process.keep(run, [visit(member.site) for member in claimed])
        clock.wait(hours=1)
    assert [member.site for member in process.given_up(run)] == [killer]
    assert process.progress(run) == Progress(done=7, given_up=1)


def test_who_reads_nothing_itself_may_be_killed_any_number_of_times(opened: Open, clock: Clock) -> None:
    run = opened().begin(sites(2))
    for _ in range(5):
        assert len(opened().claim(run, 9, attempt=False)) == 2  # and nothing is handed back
        clock.wait(hours=1)
    driver = opened()
    bad, good = (member.site for member in sites(2))
    assert len(driver.claim(run, 9, attempt=False)) == 2
    driver.hand_back(run, [bad], blame=2)
    driver.hand_back(run)
    assert [member.site for member in driver.claim(run, 9, attempt=False)] == [good]
    driver.keep(run, [visit(good)])
    assert [member.site for member in driver.claim(run, 9, attempt=False)] == [bad]
    driver.hand_back(run, [bad], blame=True)
    assert driver.progress(run) == Progress(done=1, given_up=1)


def test_the_guilty_one_among_hundreds_is_found_without_trying_each_alone(store: Store) -> None:
    killer = sites(400)[123].site
    run, rounds = store.begin(sites(400)), []
    while claimed := store.claim(run, 400):
        assert store.claim(run, 400) == ()
        rounds.append(len(claimed))
        if killer in {member.site for member in claimed}:
            store.hand_back(run, blame=True)
        else:
            store.keep(run, [visit(member.site) for member in claimed])
    assert rounds == [400, *[ledger.TOGETHER] * 20, *[1] * ledger.TOGETHER]
    assert [member.site for member in store.given_up(run)] == [killer]
    assert store.progress(run) == Progress(done=399, given_up=1)


def test_the_last_attempt_is_made_by_a_worker_that_holds_nothing_else(store: Store) -> None:
    run = store.begin(sites(3))
    for _ in range(2):
        store.claim(run, 3)
        store.hand_back(run, blame=True)
    (alone,) = store.claim(run, 3)
    assert store.claim(run, 3) == (), "it holds one"
    store.keep(run, [visit(alone.site)])
    assert len(store.claim(run, 3)) == 1


# ---- processes -------------------------------------------------------------------------------------------------------
def test_this_process_is_not_dead_and_one_that_reuses_its_number_is_another() -> None:
    me = workers.identity()
    assert not workers.is_dead(me)
    number = me.process.split()[0]
    assert workers.is_dead(workers.Identity(me.machine, f"{number} 1")) or me.process == f"{number} "


def test_of_another_machine_nothing_is_known() -> None:
    assert not workers.is_dead(workers.Identity("other host boot pid:[1]", "1 1"))


def test_a_run_knows_when_it_began_and_ended(store: Store, clock: Clock) -> None:
    run = store.begin(sites(1))
    clock.wait(hours=2)
    look_at_all(store, run)
    (count,) = store.runs()
    assert (count.run.started, count.run.finished) == (START, clock.at)
