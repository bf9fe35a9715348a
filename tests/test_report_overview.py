"""What people get to see of many sites: few lines that add up, in words that promise nothing."""

from dataclasses import replace

import pytest

import made_overviews
from voorbehoud.evaluate.drift import State
from voorbehoud.evaluate.verdict import RULES_VERSION
from voorbehoud.report import overview_told as told
from voorbehoud.report.answer import Answer
from voorbehoud.report.overview import WORST_FIRST, Cut, Point, Row, Table
from voorbehoud.report.overview_text import text
from voorbehoud.report.shares import Share, Tally


def tally(reserved: int, other: int) -> Tally:
    made = Tally()
    made.answers[Answer.RESERVED], made.answers[Answer.NOT_RESERVED] = reserved, other
    return made


@pytest.mark.parametrize("public", [True, False])
def test_the_lines_of_a_table_add_up_to_all_sites(public: bool) -> None:
    overview = made_overviews.overview(public=public)
    for table in overview.tables:
        lines = list(told.shown(table, "nl"))
        assert len(lines) <= told.MOST_ROWS + 1
        if table.cut is not Cut.SIGNAL:
            assert sum(line.tally.sites for line in lines) == overview.total.sites == 120
            assert sum(line.tally.unfetched for line in lines) == overview.total.unfetched > 0


def test_where_parts_are_many_the_small_ones_stand_together() -> None:
    rows = tuple(Row(f"192.0.{number}.0/24", tally(0, 6 if number < 10 else 1)) for number in range(30))
    lines = list(told.shown(Table(Cut.NETWORK, rows, Tally(), 0), "nl"))
    assert len(lines) == 11
    assert (lines[-1].name, lines[-1].tally.sites) == ("20 andere samen", 20)


def test_parts_of_which_nobody_answered_are_one_line_at_the_end() -> None:
    rows = (Row("", Tally(unfetched=9)), Row("192.0.2.0/24", tally(1, 6)), Row("b", Tally(unfetched=2)))
    first, last = told.shown(Table(Cut.NETWORK, rows, Tally(), 0), "nl")
    assert first.name == "192.0.2.0/24"
    assert (last.name, last.tally.fetched, last.tally.unfetched) == ("Waar niemand antwoordde", 0, 11)
    table = Table(Cut.NETWORK, rows, Tally(), 0)
    assert "Waar niemand" not in text(replace(made_overviews.overview(), tables=(table,)), "nl")


def test_a_run_that_older_rules_judged_is_told_as_such() -> None:
    overview = made_overviews.overview()
    assert not any(
        "strenger" in line for line in told.remarks(replace(overview, rules=(RULES_VERSION,)), "nl")
    )
    lines = told.remarks(replace(overview, rules=("2020-01-01", RULES_VERSION)), "nl")
    assert f"regels van 2020-01-01; die van vandaag ({RULES_VERSION}) kunnen strenger zijn" in lines[-1]


@pytest.mark.parametrize(
    ("value", "name"), [("wix", "Wix"), ("github-pages", "GitHub Pages"), ("other", "other"), ("x", "x")]
)
def test_a_platform_is_called_by_its_name(value: str, name: str) -> None:
    assert told.part_name(Cut.PLATFORM, value, "nl") == name
    assert told.part_name(Cut.GROUP, value, "nl") == value


@pytest.mark.parametrize(
    ("before", "lang", "points"),
    [
        (Share(1, 4), "nl", "+25,0 punt"),
        (Share(3, 4), "en", "−25.0 pts"),
        (Share(1, 2), "en", "±0.0 pts"),
        (Share(0, 0), "en", "–"),
        (None, "en", "–"),
    ],
)
def test_a_change_is_told_in_points(before: Share | None, lang: str, points: str) -> None:
    assert told.points(Row("wix", tally(2, 2), before), lang) == points


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        (Share(0, 100), "hoogstens 3,0%"),
        (Share(100, 100), "minstens 97,0%"),
        (Share(0, 90_000), "hoogstens 0,1%"),
        (Share(90_000, 90_000), "minstens 99,9%"),
        (Share(0, 0), "–"),
        (Share(10, 20), "29,9%–70,1%"),
    ],
)
def test_an_interval_in_words(share: Share, interval: str) -> None:
    assert told.interval(share, "nl") == interval


@pytest.mark.parametrize("width", [40, 72, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    overview = made_overviews.overview(public=True)
    assert [line for line in text(overview, "nl", width).splitlines() if len(line) > min(width, 120)] == []


def test_colour_adds_nothing_but_colour() -> None:
    overview = made_overviews.overview()
    plain = text(overview, "en")
    painted = text(overview, "en", colour=True)
    for code in ("1", "2", "32;1", "33;1", "31;1", "0"):
        painted = painted.replace(f"\x1b[{code}m", "")
    assert painted == plain


def test_a_run_of_very_few_sites_is_no_point_of_a_public_course() -> None:
    few = made_overviews.course(3)
    assert [point.run for point in made_overviews.overview(course=few).course] == [1, 2, 3]
    public = made_overviews.overview(public=True, course=few)
    assert [point.run for point in public.course] == [2, 3]
    row = next(row for table in public.tables for row in table.rows if row.name == "wix")
    assert [point.run for point in row.course] == [2, 3]


def test_the_run_before_is_the_last_one_that_is_not_this_one() -> None:
    overview = made_overviews.overview()
    row = next(row for table in overview.tables for row in table.rows if row.name == "wix")
    assert isinstance(row.course[-1], Point)
    assert row.before == row.course[-2].reserved


def test_every_state_has_its_place_in_the_order() -> None:
    assert sorted(WORST_FIRST) == sorted(State)
