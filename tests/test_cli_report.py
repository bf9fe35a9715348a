"""`voorbehoud report`, as a union runs it."""

import csv
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from history_stores import Clock
from made_visits import RESERVED, START, WEEK, visit
from voorbehoud.cli import main
from voorbehoud.core.evidence import Failure
from voorbehoud.core.member import Member
from voorbehoud.evaluate.observation import Observation
from voorbehoud.history import open_store
from voorbehoud.report import charts, overview_data

VALIDATOR = jsonschema.Draft202012Validator(overview_data.schema())
HOSTILE = '=<img src=x onerror=alert(1)>\u202e & "groep"'
WIX = (("X-Wix-Request-Id", "1"),)
HEADER = (("tdm-reservation", "1"),)
LISTS_BOTS = b"User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n"
BROKEN = b"{oops"


def report(*words: str) -> Result:
    return CliRunner().invoke(main, ["report", *words])


def visits(week: int) -> Iterator[tuple[Member, Observation]]:
    """Yield sixteen sites: ten of beeldmakers, four of a hostile group, two of none; 9 loses its file, 14 has a broken one, 15 does not answer."""
    at = START + week * WEEK
    for number in range(16):
        site = f"https://lid-{number}.example"
        group = "beeld" if number < 10 else HOSTILE if number < 14 else ""
        reserved = number < 4 + 2 * week or (number == 9 and week == 0)
        seen = visit(
            site,
            at,
            tdm=None if not reserved and number != 14 else BROKEN if number == 14 else RESERVED,
            robots=LISTS_BOTS,
            page_fields=(WIX if number < 8 else ()) + (HEADER if number < 2 else ()),
            failure=Failure.TIMEOUT if number == 15 else None,
            address=f"192.0.2.{number}" if number < 12 else f"198.51.100.{number}",
        )  # fmt: skip
        yield Member(site, f"KB-{number // 2:03}", (), group), seen


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a store of two finished runs."""
    file = str(tmp_path_factory.mktemp("report") / "members.db")
    for week in (0, 1):
        found = list(visits(week))
        with open_store(file, now=Clock(START + week * WEEK)) as opened:
            run = opened.begin([member for member, _ in found])
            opened.claim(run, len(found))
            assert opened.keep(run, [seen for _, seen in found]) == len(found)
    return file


def document(store: str, *words: str) -> dict[str, Any]:
    done = report("--store", store, "--format", "json", *words)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    VALIDATOR.validate(found)
    return found


def shares(tally: dict[str, Any]) -> dict[str, int]:
    return {answer: share["sites"] for answer, share in tally["answers"].items() if share["sites"]}


# ---- figures ---------------------------------------------------------------------------------------------------------
def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(overview_data.schema())


def test_every_site_stands_in_the_json_with_its_verdict(store: str) -> None:
    told = document(store)
    sites = {site["site"]: site for site in told["sites"]}
    assert len(sites) == 16
    good, dark, broken = (sites[f"https://lid-{number}.example"] for number in (0, 15, 14))
    assert (good["protected"], good["answer"], good["member"]) == (True, "reserved", "KB-000")
    assert (good["platform"], good["network"]) == ("wix", "192.0.2.0/24")
    assert good["uses"]["tdm"]["audience"] == "everyone"
    assert (dark["reachable"], dark["answer"], dark["protected"]) == (False, "not-established", False)
    assert (broken["signals"]["tdm-file"], broken["answer"]) == ("broken", "not-reserved")
    assert sites["https://lid-4.example"]["change"] == {
        "state": "changed", "was": "present", "severity": "info", "before": "2026-11-02T03:00:00Z",
    }  # fmt: skip


def test_what_did_not_answer_is_counted_apart(store: str) -> None:
    told = document(store)
    assert (told["all"]["sites"], told["all"]["fetched"], told["all"]["unfetched"]) == (16, 15, 1)
    assert shares(told["all"]) == {"reserved": 6, "not-reserved": 9}
    assert told["all"]["answers"]["reserved"]["share"] == 0.4
    assert told["run"] == {
        "number": 2, "started": "2026-11-09T03:00:00Z", "finished": "2026-11-09T03:00:00Z",
        "listed": 16, "visited": 16, "given_up": 0,
    }  # fmt: skip


def test_figures_are_those_of_the_sites(store: str) -> None:
    told = document(store)
    for cut, key in (("platform", "platform"), ("network", "network"), ("group", "group")):
        counted = Counter((site[key] or None, site["answer"]) for site in told["sites"] if site["reachable"])
        parts = {part["name"]: part for part in told["by"][cut]["parts"]}
        assert counted == {(n, a): number for n, p in parts.items() for a, number in shares(p).items()}
    signals = {part["name"]: part for part in told["by"]["signal"]["parts"]}
    assert (signals["tdm-file"]["sites"], signals["tdm-file"]["broken"], signals["tdm-file"]["says_no"]) == (
        7,
        1,
        6,
    )
    assert shares(signals["robots-txt"]) == {"reserved": 6, "not-reserved": 9}


def test_the_course_of_all_and_of_parts(store: str) -> None:
    told = document(store)
    assert [(p["run"], p["fetched"], p["reserved"]["sites"]) for p in told["course"]] == [
        (1, 15, 5),
        (2, 15, 6),
    ]
    wix = next(part for part in told["by"]["platform"]["parts"] if part["name"] == "wix")
    assert [(p["run"], p["reserved"]["sites"]) for p in wix["course"]] == [(1, 4), (2, 6)]
    assert told["changes"] == {"since": "2026-11-02T03:00:00Z", "states": {"changed": 2, "weakened": 1}}


def test_an_earlier_run_can_be_told(store: str) -> None:
    told = document(store, "--run", "1")
    assert (told["run"]["number"], told["all"]["answers"]["reserved"]["sites"]) == (1, 5)
    assert told["changes"] == {"since": None, "states": {}}
    assert [point["run"] for point in told["course"]] == [1]


def test_a_run_that_goes_on_is_told_only_where_there_is_no_other(tmp_path: Path) -> None:
    file = str(tmp_path / "members.db")
    for week in (0, 1):
        found = list(visits(week))
        with open_store(file, now=Clock(START + week * WEEK)) as opened:
            run = opened.begin([member for member, _ in found])
            opened.claim(run, len(found) if week else 9)
            opened.keep(run, [seen for _, seen in found][: 7 if week else 9])
            if not week:
                told = document(file)
                assert (told["run"]["finished"], told["run"]["listed"], told["all"]["sites"]) == (None, 16, 9)
                text = report("--store", file, "--lang", "en").stdout
                assert "The run still goes on" in text
                assert "7 sites of the list were not visited in this run." in text
                opened.claim(run, 16)
                opened.keep(run, [seen for _, seen in found])
    assert document(file)["run"]["number"] == 1


# ---- in public -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["text", "html", "csv", "json"])
def test_nobody_is_named_in_public(store: str, form: str) -> None:
    done = report("--store", store, "--format", form, "--public", "--lang", "nl")
    assert done.exit_code == 0, done.output
    for word in ("lid-", "KB-0", "192.0.2.15", "onerror", "‮"):
        assert word not in done.stdout, word
    assert "beeld" in done.stdout
    assert "lid-" in report("--store", store, "--format", form, "--rows", "sites").stdout, (
        "else nothing is tested"
    )


def test_small_groups_stand_together_in_public(store: str) -> None:
    told = document(store, "--public")
    assert "sites" not in told
    assert [part["name"] for part in told["by"]["group"]["parts"]] == ["beeld"]
    assert told["by"]["group"]["unnamed"]["parts"] == 2
    assert told["by"]["group"]["unnamed"]["sites"] == 6
    assert all(part["sites"] >= 5 for table in told["by"].values() for part in table["parts"])
    assert "tdm-header" in {part["name"] for part in document(store)["by"]["signal"]["parts"]}, (
        "two sites send it"
    )


def test_of_very_few_sites_there_is_no_public_report(tmp_path: Path) -> None:
    file = str(tmp_path / "members.db")
    member, seen = next(visits(0))
    with open_store(file) as opened:
        run = opened.begin([member])
        opened.claim(run, 1)
        opened.keep(run, [seen])
    done = report("--store", file, "--public")
    assert (done.exit_code, "Leave out --public" in done.output) == (2, True)


# ---- forms -----------------------------------------------------------------------------------------------------------
def test_on_a_terminal(store: str) -> None:
    done = report("--store", store, "--lang", "nl")
    assert done.exit_code == 0, done.output
    assert "6 van de 15 sites die antwoordden" in done.output
    assert re.search(r"✓ Voorbehouden +6 +40,0% +19,8%–64,3%\n", done.output)
    assert "Nog 1 site kon niet worden opgehaald." in done.output
    assert "\u202e" not in done.output


def test_csv_has_rows_of_figures_or_of_sites(store: str) -> None:
    figures = rows(report("--store", store, "--format", "csv").stdout)
    assert (figures[0]["by"], figures[0]["reserved"], figures[0]["reserved-share"]) == ("all", "6", "0.4")
    assert {row["by"] for row in figures} == {"all", "platform", "network", "group", "signal"}
    sites = rows(report("--store", store, "--format", "csv", "--rows", "sites").stdout)
    assert [row["answer"] for row in sites if row["site"].endswith("-15.example")] == ["not-established"]
    assert sum(row["protected"] == "yes" for row in sites) == 6
    assert list(sites[0]) == list(overview_data.SITE_COLUMNS)
    assert {row["group"][:6] for row in sites} == {"beeld", "", "'=<img"}, "no cell is a formula"


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_parquet_holds_the_same_with_types(store: str, tmp_path: Path) -> None:
    import duckdb

    tmp_path = tmp_path / "it's"
    tmp_path.mkdir()
    for kind in ("sites", "figures"):
        file = tmp_path / f"it's {kind}.parquet"
        done = report("--store", store, "--format", "parquet", "--rows", kind, "-o", str(file))
        assert done.exit_code == 0, done.output
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        found = engine.read_parquet(str(tmp_path / "it's sites.parquet"))
        assert dict(zip(found.columns, map(str, found.types), strict=True)) == overview_data.SITE_COLUMNS
        told = found.aggregate('protected, "group", count(*), min(checked)').order("all").fetchall()
        figures = engine.read_parquet(str(tmp_path / "it's figures.parquet"))
        assert figures.filter("\"by\" = 'all'").project('"reserved", "reserved-share"').fetchall() == [
            (6, 0.4)
        ]
    assert (True, "beeld", 6, (START + WEEK).replace(tzinfo=None)) in told
    assert (False, HOSTILE, 4, (START + WEEK).replace(tzinfo=None)) in told
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_page_is_complete_without_charts(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    done = report("--store", store, "--format", "html", "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "<svg" not in done.stdout
    assert "pip install 'voorbehoud[plots]'" in done.stderr
    assert done.stdout.count("<table") == 9  # all, changes, course, four cuts, to look at, no answer


def test_parquet_says_what_is_missing(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    done = report("--store", store, "--format", "parquet", "-o", str(tmp_path / "r.parquet"))
    assert (done.exit_code, "pip install 'voorbehoud[analytics]'" in done.output) == (2, True)


def test_names_from_a_list_are_only_text_on_a_page(store: str) -> None:
    page = report("--store", store, "--format", "html", "--lang", "nl").stdout
    assert page.count("<svg") == 5
    assert "<img" not in page
    assert "\u202e" not in page
    assert "&lt;img src=x" in page


def test_a_drawing_with_anything_but_shapes_is_refused() -> None:
    for inner in (
        "<script>1</script>",
        '<g style="fill:red"/>',
        '<g onclick="1"/>',
        '<text xlink:href="#a"/>',
    ):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{inner}</svg>'
        with pytest.raises(ValueError, match="in a drawing"):
            charts.harmless(svg)


# ---- mistakes --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--run", "9"], "there is no such run with visits. Known: 1, 2."),
        (["--public", "--rows", "sites", "--format", "csv"], "--public names no site"),
        (["--format", "parquet"], "give its name with -o report.parquet"),
        (["-o", "/nowhere/report.txt"], "Give another place"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(store: str, words: list[str], told: str) -> None:
    done = report("--store", store, *words)
    assert (done.exit_code, told in done.output) == (2, True), done.output


def test_a_store_without_visits_says_how_to_begin(tmp_path: Path) -> None:
    file = str(tmp_path / "members.db")
    open_store(file).close()
    done = report("--store", file)
    assert (done.exit_code, "voorbehoud crawl" in done.output) == (2, True)


def test_a_file_is_written_whole_or_not_at_all(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.json"
    file.write_text("before", encoding="utf-8")

    def breaks(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(overview_data, "_site", breaks)
    done = report("--store", store, "--format", "json", "-o", str(file))
    assert (done.exit_code, "No space left" in done.output) == (2, True)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [
        ("report.json", "before")
    ]
