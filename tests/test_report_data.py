"""The JSON is the contract of check.schema.json, whatever came from the wire."""

import json
import re
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from report_verdicts import BAD, FINE, SITES, WHEN, resource, site, use_verdict
from voorbehoud.core.evidence import Origin
from voorbehoud.core.use import Use
from voorbehoud.evaluate.verdict import RULES_VERSION, SiteVerdict
from voorbehoud.report import data

VALIDATOR = jsonschema.Draft202012Validator(data.schema())


def checked(*sites: SiteVerdict) -> dict[str, Any]:
    """The document, as a reader of the printed text gets it, found to fit the schema."""
    document: dict[str, Any] = json.loads(data.dumps(sites, "0.1.0"))
    VALIDATOR.validate(document)
    return document


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(data.schema())


@given(SITES)
def test_any_verdict_fits_the_schema_and_is_utf8_without_hidden_characters(verdict: SiteVerdict) -> None:
    text = data.dumps([verdict], "0.1.0")
    text.encode("utf-8")  # lone surrogates would raise
    hidden = {char for char in text if unicodedata.category(char) in {"Cc", "Zl", "Zp"}} - {"\n"}
    assert hidden == set()
    assert not {"\u202e", "\u2066", "\u200b", "\ufeff"} & set(text)
    VALIDATOR.validate(json.loads(text))
    assert json.loads(text) == data.document([verdict], "0.1.0")


def test_the_top_names_schema_tool_and_rules() -> None:
    assert checked() == {"schema": "voorbehoud.check/1", "tool": "0.1.0", "rules": RULES_VERSION, "sites": []}


def test_a_site_has_the_four_uses_in_order_at_both_levels() -> None:
    (found,) = checked(site(resource(), protected=True))["sites"]
    assert list(found["uses"]) == ["tdm", "train-ai", "ai-use", "search"]
    assert list(found["resources"][0]["uses"]) == ["tdm", "train-ai", "ai-use", "search"]
    assert found["checked"] == "2026-11-24T09:05:30Z"
    assert found["protected"] is True
    tdm = found["uses"]["tdm"]
    assert {
        key: tdm[key] for key in ("strict", "protective", "audience", "contradictory", "undetermined")
    } == {
        "strict": "reserved",
        "protective": "reserved",
        "audience": "everyone",
        "contradictory": False,
        "undetermined": False,
    }
    assert tdm["because"] == [
        {
            "signal": "tdm-file",
            "use": "tdm",
            "preference": "disallowed",
            "reading": "both",
            "audience": "everyone",
            "origin": {"url": "https://atelier.example/.well-known/tdmrep.json", "where": "line 1"},
        }
    ]
    assert found["uses"]["search"]["audience"] is None


def test_a_signal_has_its_address_and_a_place_only_where_there_is_one() -> None:
    first, second = checked(site(resource()))["sites"][0]["signals"]
    assert first == {
        "signal": "tdm-file",
        "state": "present",
        "uses": {"tdm": "disallowed"},
        "origin": "https://atelier.example",
        "where": "line 1",
    }
    assert second["uses"] == {}
    assert "where" not in second


def test_a_finding_is_told_whole_and_in_english() -> None:
    origin = Origin("https://atelier.example/", "header tdm-reservation")
    finding = BAD.at(origin, value="\udcff\x1b[0m")
    (found,) = checked(site(resource(), findings=(finding, FINE.at(origin))))["sites"][0]["findings"][:1]
    assert found["code"] == "ZZZ201"
    assert found["severity"] == "error"
    assert found["message"] == "the header says “\ufffd\x1b[0m”", (
        "what came is kept, save what UTF-8 cannot hold"
    )
    assert found["fix"].startswith("Send `tdm: 1`")
    assert found["origin"] == {"url": "https://atelier.example/", "where": "header tdm-reservation"}
    assert found["spec_url"].startswith("https://")


def test_a_time_in_another_zone_is_told_in_utc() -> None:
    verdict = site(resource())
    elsewhere = WHEN.astimezone(timezone(timedelta(hours=2)))
    moved = SiteVerdict(verdict.site, elsewhere, *_rest(verdict))
    assert checked(moved)["sites"][0]["checked"] == "2026-11-24T09:05:30Z"
    bare = SiteVerdict(verdict.site, datetime(2026, 1, 2, 3, 4, 5), *_rest(verdict))
    assert checked(bare)["sites"][0]["checked"] == "2026-01-02T03:04:05Z"


def _rest(verdict: SiteVerdict) -> tuple[Any, ...]:
    return (
        verdict.rules,
        verdict.protected,
        verdict.uses,
        verdict.signals,
        verdict.resources,
        verdict.findings,
    )


@pytest.mark.parametrize(
    "place", [(), ("sites", 0), ("sites", 0, "uses", "tdm"), ("sites", 0, "findings", 0)]
)
def test_the_schema_refuses_what_it_does_not_know(place: tuple[Any, ...]) -> None:
    document = checked(site(resource(use_verdict(Use.TDM)), findings=(FINE.at(Origin("https://e.nl")),)))
    inner: Any = document
    for step in place:
        inner = inner[step]
    inner["surprise"] = 1
    assert not VALIDATOR.is_valid(document)


def test_the_example_of_the_docs_fits_the_schema() -> None:
    docs = (Path(__file__).parents[1] / "docs" / "json.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.+?)```", docs, re.DOTALL)
    VALIDATOR.validate(json.loads(example))


def test_the_docs_name_every_field() -> None:
    docs = (Path(__file__).parents[1] / "docs" / "json.md").read_text(encoding="utf-8")
    shapes = [data.schema(), *data.schema()["$defs"].values()]
    fields = {field for shape in shapes for field in shape.get("properties", {})}
    assert sorted(field for field in fields if f"`{field}`" not in docs) == []
