"""Shares and their intervals, and which groups may be named."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.report.answer import Answer
from voorbehoud.report.network import network
from voorbehoud.report.shares import Share, Tally, large_enough, worst_first

COUNTS = st.integers(1, 60).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


def tally(reserved: int, other: int = 0, unfetched: int = 0) -> Tally:
    made = Tally(unfetched=unfetched)
    made.answers[Answer.RESERVED], made.answers[Answer.NOT_RESERVED] = reserved, other
    return made


def ends(part: int, whole: int) -> tuple[float, float]:
    share = Share(part, whole)
    assert share.low is not None
    assert share.high is not None
    return share.low, share.high


# ---- intervals -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(10, 20, 0.2993, 0.7007), (1, 10, 0.0179, 0.4042), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)],
)
def test_wilson_as_in_the_tables(part: int, whole: int, low: float, high: float) -> None:
    # The last two stand in Newcombe, Statistics in Medicine 17 (1998), method 3.
    assert ends(part, whole) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("whole", "high"), [(100, 0.030), (327, 0.009), (1000, 0.003)])
def test_of_none_the_exact_bound_is_told(whole: int, high: float) -> None:
    assert ends(0, whole) == pytest.approx((0, high), abs=5e-4)
    assert ends(whole, whole) == pytest.approx((1 - high, 1), abs=5e-4)


@given(COUNTS)
def test_an_interval_holds_its_share_and_mirrors(counts: tuple[int, int]) -> None:
    part, whole = counts
    low, high = ends(part, whole)
    assert 0 <= low <= part / whole <= high <= 1
    assert ends(whole - part, whole) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("truth", [0.05, 0.2, 0.5, 0.9])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(truth: float) -> None:
    whole = 40
    held = sum(
        comb(whole, part) * truth**part * (1 - truth) ** (whole - part)
        for part in range(whole + 1)
        if ends(part, whole)[0] <= truth <= ends(part, whole)[1]
    )
    assert held == pytest.approx(0.95, abs=0.03)


def test_of_nothing_there_is_no_share() -> None:
    assert (Share(0, 0).value, Share(0, 0).low, Share(0, 0).high) == (None, None, None)


def test_what_was_not_fetched_is_in_no_share() -> None:
    made = Tally()
    made.add(Answer.RESERVED, fetched=True)
    made.add(Answer.NOT_ESTABLISHED, fetched=False)
    assert made.share(Answer.RESERVED) == Share(1, 1)
    assert made.share(Answer.NOT_ESTABLISHED) == Share(0, 1)
    assert (made.sites, made.fetched, made.unfetched) == (2, 1, 1)


# ---- order and names -------------------------------------------------------------------------------------------------
def test_the_worst_beyond_doubt_stands_first() -> None:
    found = {"three": tally(0, 3), "many": tally(10, 290), "dark": tally(0, 0, 9), "fine": tally(50, 1)}
    assert [name for name, _ in worst_first(found)] == ["many", "three", "fine", "dark"]


def test_a_small_group_is_not_named_and_cannot_be_worked_out() -> None:
    found = {"small": tally(1, 1), "middle": tally(3, 3), "large": tally(20, 20)}
    named, rest, hidden = large_enough(found, 5)
    assert list(named) == ["large"], "the total would give the two sites away: the next group hides them"
    assert (rest.sites, hidden) == (8, 2)


def test_several_small_groups_hide_each_other() -> None:
    found = {"a": tally(2), "b": tally(3), "c": tally(9)}
    named, rest, hidden = large_enough(found, 5)
    assert (list(named), rest.sites, hidden) == (["c"], 5, 2)


@given(st.dictionaries(st.text("abc", max_size=3), st.integers(1, 12), max_size=8), st.integers(2, 6))
def test_whatever_the_groups_are(sizes: dict[str, int], least: int) -> None:
    found = {name: tally(size) for name, size in sizes.items()}
    named, rest, hidden = large_enough(found, least)
    assert sum(t.sites for t in named.values()) + rest.sites == sum(sizes.values())
    assert len(named) + hidden == len(sizes)
    assert all(t.sites >= least for t in named.values())
    assert not named or hidden == 0 or rest.sites >= least


# ---- networks --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        (None, ""),
        ("", ""),
        ("no address", ""),
    ],
)
def test_the_network_of_an_address(address: str | None, known: str) -> None:
    assert network(address) == known
