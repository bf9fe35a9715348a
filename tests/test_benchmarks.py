"""The benchmarks still run, and their sides still agree; how fast anything is, is never asserted here."""

import time
from urllib.request import urlopen

import pytest

from benchmarks import growth, oracle
from benchmarks.__main__ import ROOMS, main
from benchmarks.distant import distant
from benchmarks.made import agents, page, robots
from benchmarks.measure import Growth, Row, side_by_side

WITH_NGINX = {"crawl", "crawl-growth"}


@pytest.mark.parametrize(
    "room",
    [pytest.param(r, marks=pytest.mark.needs("nginx")) if r in WITH_NGINX else r for r in ROOMS],
)
def test_each_runs_once(room: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([room, "--quick"]) == 0
    assert f"## {ROOMS[room][0]}" in capsys.readouterr().out


def test_far_away_is_late_and_each_site_says_who_it_is() -> None:
    with distant(2) as far:
        began = time.monotonic()
        told = [urlopen(f"{site}/ai.txt").read().decode() for site in far.sites]  # noqa: S310 (our own server)
        assert time.monotonic() - began >= 0.3
    assert all(site.removeprefix("http://") in text for site, text in zip(far.sites, told, strict=True))
    assert far.requests() == 2


def test_an_unknown_benchmark_is_our_users_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["heads"]) == 2
    assert "no benchmark heads" in capsys.readouterr().err


def test_nothing_is_measured_where_a_peer_answers_otherwise() -> None:
    with pytest.raises(AssertionError, match="another answer"):
        list(side_by_side("x", lambda: 1, (("peer", lambda: 2, None),), quick=True))


def test_the_inputs_have_the_size_that_is_asked_for() -> None:
    assert len(agents()) == 150
    for size in (8_000, 500_000):
        assert size <= len(robots(size)) < size + 100
        assert size <= len(page(size)) < size + 2_000


def test_ratios() -> None:
    assert Row("x", "y", ours=2, theirs=10).ratio == 5
    assert Growth("x", (1, 2, 4), (10, 20, 40)).per_doubling == pytest.approx(2)


def test_a_difference_without_a_reason_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "REASONS", ())
    monkeypatch.setattr(oracle, "SEVERAL", oracle.Reason("", "", lambda body, path: (body, path)))
    with pytest.raises(AssertionError, match="without a reason"):
        list(oracle.rows(quick=True))


def test_every_parser_has_inputs_that_grow() -> None:
    for what, _, make, largest in growth.cases():
        assert largest * 0.9 <= len(make(largest)) <= largest * 1.1, what
