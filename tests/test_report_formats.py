"""SARIF, JUnit and CSV: each fits the schema of those who read it, whatever came from the wire."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from report_verdicts import BAD, BLOCKER, FINE, NOTE, SITE, SITES, resource, site, use_verdict
from voorbehoud.core.evidence import Kind, Origin
from voorbehoud.core.finding import Finding
from voorbehoud.evaluate.verdict import SiteVerdict, Verdict
from voorbehoud.report import FORMATS, junit, render, sarif, table
from voorbehoud.report.files import file_of
from voorbehoud.signals.tdm_file_rules import TDF303

SCHEMAS = Path(__file__).parent / "schemas"
SARIF = jsonschema.Draft7Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8")))
JUNIT = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))
TDM_FILE = SITE + "/.well-known/tdmrep.json"
LANGS = st.sampled_from(["nl", "en"])


def log(*sites: SiteVerdict, lang: str = "en", folders: Any = ()) -> dict[str, Any]:
    """The one run of a SARIF log, found to fit the standard's schema."""
    document: dict[str, Any] = json.loads(sarif.dumps(sites, "0.1.0", lang, folders))
    SARIF.validate(document)
    (run,) = document["runs"]
    found: dict[str, Any] = run
    return found


def suites(*sites: SiteVerdict, lang: str = "en") -> Any:
    root = etree.fromstring(junit.dumps(sites, lang).encode())
    JUNIT.assertValid(root)
    return root


def rows(*sites: SiteVerdict, lang: str = "en") -> list[dict[str, str]]:
    text = table.dumps(sites, lang).encode().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def told(*findings: Finding, url: str = SITE) -> SiteVerdict:
    return site(resource(), findings=findings, url=url)


# ---- any verdict -----------------------------------------------------------------------------------------------------
@given(st.lists(SITES, max_size=2), LANGS)
def test_any_verdict_fits_the_sarif_schema(sites: list[SiteVerdict], lang: str) -> None:
    results = log(*sites, lang=lang)["results"]
    assert len(results) == sum(f.severity is not FINE.severity for s in sites for f in s.findings)
    prints = [result["partialFingerprints"][sarif.FINGERPRINT] for result in results]
    assert len(set(prints)) == len(prints)


@given(st.lists(SITES, max_size=2), LANGS)
def test_any_verdict_fits_the_junit_schema_and_its_sums(sites: list[SiteVerdict], lang: str) -> None:
    root = suites(*sites, lang=lang)
    for outcome, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        for suite in root:
            assert int(suite.get(outcome)) == len(suite.xpath(f"testcase[{tag}]"))
            assert int(suite.get("tests")) == len(suite.findall("testcase"))
    serious = sum(f.severity.weight >= BAD.severity.weight for s in sites for f in s.findings)
    assert len(root.xpath("//failure")) == serious


@given(st.lists(SITES, max_size=3), LANGS)
def test_any_verdict_is_a_row_without_formulas(sites: list[SiteVerdict], lang: str) -> None:
    found = rows(*sites, lang=lang)
    assert len(found) == len(sites)
    for row in found:
        assert tuple(row) == table.COLUMNS
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_format_can_be_asked_for(form: str, lang: str) -> None:
    assert render(form, [told(BAD.at(Origin(SITE), value="x"))], lang=lang).strip()


def test_an_unknown_format_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="xlsx"):
        render("xlsx", [], lang="en")


# ---- SARIF -----------------------------------------------------------------------------------------------------------
def test_severities_become_levels_and_good_news_is_left_out() -> None:
    here = Origin(SITE)
    run = log(told(BLOCKER.at(here), BAD.at(here, value="x"), NOTE.at(here), FINE.at(here)))
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("ZZZ301", "error"),
        ("ZZZ201", "error"),
        ("ZZZ302", "note"),
    ]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == [r["ruleId"] for r in run["results"]]


def test_a_rule_explains_itself_in_the_language() -> None:
    english, dutch = (
        log(told(TDF303.at(Origin(TDM_FILE), location="/")), lang=lang)["tool"]["driver"]
        for lang in ("en", "nl")
    )
    assert english["rules"][0]["help"]["markdown"].startswith(TDF303.why)
    assert english["rules"][0]["helpUri"] == TDF303.spec.url
    assert "tegen iedereen" in dutch["rules"][0]["help"]["text"]
    assert (english["language"], dutch["language"]) == ("en", "nl")


def test_a_fetched_site_stands_at_its_address_and_line() -> None:
    finding = TDF303.at(Origin(TDM_FILE, "line 3"), location="/")
    (result,) = log(told(finding))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": TDM_FILE},
        "region": {"startLine": 3},
    }


def test_a_folder_stands_at_files_seen_from_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("public/.well-known/tdmrep.json", "public/index.html", "public/één werk.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    findings = (
        TDF303.at(Origin(TDM_FILE, "line 3"), location="/"),
        NOTE.at(Origin(SITE)),
        NOTE.at(Origin(SITE + "/%C3%A9%C3%A9n%20werk.html", "meta robots")),
        NOTE.at(Origin(SITE + "/gone.html")),
    )
    run = log(told(*findings), folders=[{SITE: Path("public")}])
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert [(p["artifactLocation"]["uri"], p.get("region", {}).get("startLine")) for p in places] == [
        ("public/.well-known/tdmrep.json", 3),
        ("public/index.html", 1),
        ("public/%C3%A9%C3%A9n%20werk.html", 1),
        (SITE + "/gone.html", None),
    ]
    assert run["results"][2]["locations"][0]["message"]["text"] == "meta robots"


def test_a_fingerprint_survives_new_lines_above_and_tells_twins_apart() -> None:
    at_3, at_9 = (TDF303.at(Origin(TDM_FILE, f"line {line}"), location="/") for line in (3, 9))
    first, moved, both = (
        [r["partialFingerprints"][sarif.FINGERPRINT] for r in log(told(*findings))["results"]]
        for findings in ((at_3,), (at_9,), (at_3, at_9))
    )
    assert first == moved
    assert both[0] == first[0] != both[1]


def test_text_from_the_wire_makes_no_link() -> None:
    finding = BAD.at(Origin(SITE), value="[free](https://evil.example) \u202e\x1b[31m")
    (result,) = log(told(finding))["results"]
    text = result["message"]["text"]
    assert "](" not in text
    assert not {"\u202e", "\x1b"} & set(text)


@pytest.mark.parametrize(
    "url", [SITE + "/../secret", SITE + "/%2e%2e/secret", SITE + "/a%00b", "no address", ""]
)
def test_no_address_leads_out_of_the_folder(tmp_path: Path, url: str) -> None:
    (tmp_path / "secret").touch()
    (tmp_path / "public").mkdir()
    assert file_of(url, {SITE: tmp_path / "public"}) is None


# ---- JUnit -----------------------------------------------------------------------------------------------------------
def test_a_failure_stands_at_its_page_its_signal_or_the_site() -> None:
    page, image = resource(), resource(url=SITE + "/a.jpg", kind=Kind.IMAGE)
    findings = (
        BAD.at(Origin(SITE + "/a.jpg"), value="x"),
        TDF303.at(Origin(SITE, "line 1"), location="/"),
        BLOCKER.at(Origin("https://elsewhere.example")),
        NOTE.at(Origin(SITE + "/")),
    )
    (suite,) = suites(site(page, image, findings=findings))
    failed = {
        (case.get("classname").rpartition(".")[2], case.get("name")): case.find("failure").get("type")
        for case in suite
        if case.find("failure") is not None
    }
    assert failed == {
        ("image", SITE + "/a.jpg"): "ZZZ201",
        ("tdm-file", SITE): "TDF303",
        ("site", SITE): "ZZZ301",
    }
    assert suite.get("timestamp") == "2026-11-24T09:05:30"


def test_a_site_that_cannot_be_fetched_is_an_error_and_no_pass() -> None:
    open_end = use_verdict(strict=Verdict.UNDETERMINED)
    (suite,) = suites(site(resource(open_end), reachable=False))
    assert suite.get("errors") == "1"
    assert suite.find("testcase/error").get("message")


def test_a_signal_that_is_absent_is_skipped_and_no_failure() -> None:
    (suite,) = suites(site(resource()))
    skipped = [case.get("name") for case in suite if case.find("skipped") is not None]
    assert skipped == [SITE + "/ai.txt"]
    assert (suite.get("tests"), suite.get("failures")) == ("4", "0")


# ---- CSV -------------------------------------------------------------------------------------------------------------
def test_a_row_counts_and_names_the_worst() -> None:
    here = Origin(SITE)
    findings = (
        BLOCKER.at(here),
        BAD.at(here, value="x"),
        BAD.at(here, value="y"),
        NOTE.at(here),
        FINE.at(here),
    )
    (row,) = rows(site(resource(), findings=findings))
    assert row == {
        "site": SITE,
        "protected": "no",
        "answer": "Not reserved",
        "tdm": "reserved",
        "train-ai": "unset",
        "ai-use": "unset",
        "search": "unset",
        "audience": "everyone",
        "blockers": "1",
        "errors": "2",
        "warnings": "0",
        "notes": "1",
        "worst": "ZZZ301",
        "worst-finding": "the file says 0",
        "checked": "2026-11-24T09:05:30Z",
    }


def test_good_news_is_nobody_s_worst() -> None:
    (row,) = rows(site(resource(), findings=(FINE.at(Origin(SITE)),), protected=True), lang="nl")
    assert (row["protected"], row["answer"], row["worst"], row["worst-finding"]) == (
        "yes",
        "Voorbehouden",
        "",
        "",
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_a_cell_that_would_be_a_formula_is_text(start: str) -> None:
    evil = start + 'HYPERLINK("https://evil.example";"click")'
    (row,) = rows(site(resource(), url=evil))
    assert row["site"].startswith(("'", "\\"))
    assert "HYPERLINK" in row["site"]


@pytest.mark.parametrize("cell", ["K;=1+1;", "K;  @x", "K\t-1", "K;=1;+2"])
def test_no_part_of_a_cell_is_a_formula_for_a_spreadsheet_that_expects_semicolons(cell: str) -> None:
    """One set to Dutch splits a line there; a quote before the cell does not keep it from that."""
    parts = re.split("[;\t]", table.harmless(cell))
    assert not any(part.lstrip(" ").startswith(table.STARTS_A_FORMULA) for part in parts)
    assert table.harmless("https://e.nl/a;b=c") == "https://e.nl/a;b=c"


def test_a_spreadsheet_reads_it_as_utf8() -> None:
    assert table.dumps([], "nl").encode().startswith(b"\xef\xbb\xbfsite,protected,")
