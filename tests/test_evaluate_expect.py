"""What is served, held against a declaration: vectors in tests/vectors/expect, served as `publish` makes it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from test_evaluate_site import NOW, PLACE, capture
from voorbehoud.core.evidence import Capture, Kind
from voorbehoud.core.finding import Severity
from voorbehoud.declaration.load import load
from voorbehoud.declaration.model import POLICY_PATH, Declaration
from voorbehoud.evaluate.expect import expect
from voorbehoud.evaluate.expect_rules import RULES
from voorbehoud.evaluate.layers import Behind, layers
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SiteVerdict
from voorbehoud.publish.compose import compose, robots_text

SITE, BEHIND = "https://e.nl", "http://127.0.0.1:8080"
SMALLEST = {"declared-by": {"name": "E", "contact": "e@e.nl"}, "site": SITE, "since": "2026-11-01"}
VECTORS = [
    pytest.param(vector, id=vector["name"])
    for vector in yaml.safe_load((Path(__file__).parent / "vectors" / "expect" / "declared.yaml").read_text())
]


def declared(vector: dict[str, Any]) -> Declaration:
    return load(yaml.safe_dump(SMALLEST | vector.get("declares", {})), "voorbehoud.yaml")


def answer(wish: Declaration, path: str, kind: Kind) -> dict[str, Any]:
    """What a host that serves everything of `wish` answers at `path`."""
    level = compose(wish).level(path)
    tags = "".join(f'<meta name="{tag.name}" content="{tag.content}">' for tag in level.markup)
    return {
        "kind": kind,
        "path": path,
        "headers": [f"{header.name}: {header.value}" for header in level.headers],
        "body": f"<!doctype html><html><head>{tags}<title>E</title></head></html>"
        if kind is Kind.PAGE
        else "",
    }


def published(wish: Declaration) -> Iterator[dict[str, Any]]:
    """The site of `wish` with everything in place: its policy files, a home page and a picture."""
    ours = compose(wish)
    files = {file.path: file.body.decode() for file in ours.files} | {"/robots.txt": robots_text(ours)}
    for kind, path in PLACE.items():
        yield {"kind": kind, "path": path} | ({"body": files[path]} if files.get(path) else {"status": 404})
    if POLICY_PATH in files:
        yield {"kind": Kind.TDM_POLICY, "path": POLICY_PATH, "body": files[POLICY_PATH]}
    yield answer(wish, "/", Kind.PAGE)
    yield answer(wish, "/b.jpg", Kind.IMAGE)


def served(wish: Declaration, vector: dict[str, Any]) -> tuple[Capture, ...]:
    answers = {spec["path"]: spec for spec in published(wish)}
    for spec in vector.get("served", []):
        path = spec.get("path") or PLACE[Kind(spec["kind"])]
        base = answers.get(path) or (answer(wish, path, Kind(spec["kind"])) if spec.get("published") else {})
        if "status" in spec:
            base = {"path": path}
        body = spec.get("before", "") + base.get("body", "")
        answers[path] = {**base, "path": path, "body": body, **spec}
        if "passed" in spec:
            answers[path]["headers"] = [*base["headers"], *spec["passed"]]
    return tuple(capture(spec) for spec in answers.values())


def held(vector: dict[str, Any]) -> tuple[SiteVerdict, SiteVerdict]:
    """The verdict alone, and held against the declaration."""
    wish = declared(vector)
    captures = served(wish, vector)
    alone = judge(SITE, captures, NOW)
    result = expect(wish, captures, alone, headers=vector.get("headers", True))
    return alone, layers(result, captures, _behind(wish, vector) if "behind" in vector else None)


def _behind(wish: Declaration, vector: dict[str, Any]) -> Behind:
    """The server behind: everything published, and what the vector says it does otherwise."""
    captures = tuple(
        replace(
            found, asked=BEHIND + found.asked.removeprefix(SITE), url=BEHIND + found.url.removeprefix(SITE)
        )
        for found in served(wish, {"served": vector["behind"]})
    )
    return Behind(BEHIND, expect(wish, captures, judge(BEHIND, captures, NOW)), captures)


@pytest.mark.parametrize("vector", VECTORS)
def test_vector(vector: dict[str, Any]) -> None:
    alone, result = held(vector)
    ours = [finding for finding in result.findings if finding.code.startswith("EXP")]
    assert Counter(finding.code for finding in ours) == Counter(vector["findings"]), [f.message for f in ours]
    assert vector.get("says", "") in " ".join(finding.message for finding in ours)
    before, after = ({finding.code for finding in v.findings} for v in (alone, result))
    assert before - after == set(vector.get("silent", []))
    assert set(vector.get("told", [])) <= after


@pytest.mark.parametrize("vector", VECTORS)
def test_what_is_declared_changes_no_verdict(vector: dict[str, Any]) -> None:
    alone, result = held(vector)
    assert (result.protected, result.uses, result.resources) == (alone.protected, alone.uses, alone.resources)


@pytest.mark.parametrize("location", ["/*", "/pre*", "/p*ss/", "/*/press/", "/press/../work/", "/press"])
def test_no_exception_hides_a_zero_that_reaches_further(location: str) -> None:
    vector = {
        "declares": {"exceptions": [{"path": "/press/", "allow": ["tdm"]}]},
        "served": [
            {"kind": "tdmrep.json", "body": json.dumps([{"location": location, "tdm-reservation": 0}])}
        ],
    }
    assert {"TDF303", "TDF304"} & {finding.code for finding in held(vector)[1].findings}


def test_effects_are_errors_and_layers_are_warnings() -> None:
    effects = {rule.code for rule in RULES if rule.severity is Severity.ERROR}
    assert effects == {"EXP301", "EXP302", "EXP303"}
    told = {"EXP406", "EXP407", "EXP408"}
    assert {rule.severity for rule in RULES if rule.code[3] in "14" and rule.code not in told} == {
        Severity.WARNING
    }
    assert {rule.severity for rule in RULES if rule.code in told} == {Severity.INFO}, (
        "who did it adds nothing to what it costs"
    )
