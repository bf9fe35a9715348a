"""What became of a reservation between two visits: vectors in tests/vectors/drift, and what holds for any two."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_visits import START, answer, visit
from vectors_runner import load
from voorbehoud.core.evidence import Capture, Failure, Hop, Kind
from voorbehoud.core.use import Use
from voorbehoud.evaluate.drift import Drift, Memory, State, same, step
from voorbehoud.evaluate.drift_causes import causes
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.site import judge

SITE = "https://atelier.example"
STATES = load("drift/states.yaml")
CAUSES = load("drift/causes.yaml")

Fields = tuple[tuple[str, str], ...]


def lines(said: list[str]) -> Fields:
    return tuple((name, value) for name, _, value in (line.partition(": ") for line in said))


def body(said: Any) -> bytes | None:
    return None if said is None else str(said).encode()


def made(spec: dict[str, Any]) -> Observation:
    """Give the visit that a vector describes."""
    at = START + timedelta(hours=spec.get("hours", 0))
    texts: dict[str, Any] = {name: body(spec[name]) for name in ("tdm", "robots", "page") if name in spec}
    plain = visit(
        SITE,
        at,
        page_fields=lines(spec.get("page_headers", [])),
        status=spec.get("status"),
        failure=Failure(spec["failure"]) if "failure" in spec else None,
        address=spec.get("address", "192.0.2.7"),
        **texts,
    )
    captures = [
        changed(c, spec.get("answers", {}).get(c.asked.removeprefix(SITE), {})) for c in plain.captures
    ]
    for path, said in spec.get("works", {}).items():
        url = path if "://" in path else SITE + path
        work = answer(url, Kind.IMAGE, b"\xff\xd8\xff", at, fields=lines(said), found_on=SITE + "/")
        captures.append(changed(work, spec.get("answers", {}).get(path, {})))
    if others := spec.get("others"):
        captures += [
            changed(replace(c, agent="Mozilla/5.0 GPTBot/1.3"), others.get(c.asked.removeprefix(SITE), {}))
            for c in plain.captures
        ]
    verdict = judge(SITE, captures, plain.finished)
    return replace(plain, captures=tuple(captures), verdict=verdict)


def changed(capture: Capture, said: dict[str, Any]) -> Capture:
    if "failure" in said:
        return replace(capture, status=None, headers=(), body=b"", failure=Failure(said["failure"]))
    if "status" in said:
        capture = replace(capture, status=said["status"], body=b"")
    if "hex" in said:
        capture = replace(capture, body=bytes.fromhex(said["hex"]))
    if "long" in said:
        capture = replace(capture, body=b"#" * said["long"] + said["body"].encode(), truncated=True)
    if "hop" in said:
        capture = replace(capture, url=said["hop"], hops=(Hop(capture.asked, 301, (), capture.at),))
    return capture


def walked(visits: list[dict[str, Any]]) -> tuple[list[State], list[Drift | None], list[str]]:
    """Give the state after each visit, the drift of each after the first, and the causes of the last drift."""
    memory: Memory | None = None
    settled: Observation | None = None
    states, drifts, why = [], [], list[str]()
    for number, spec in enumerate(visits):
        seen = made(spec)
        before = settled.verdict if settled else None
        taken = step(memory, before, seen, settled.started if settled else None)
        if taken.drift is not None and settled is not None:
            why = [str(cause.why) for cause in causes(settled, seen)]
        if number:
            drifts.append(taken.drift)
        memory = taken.memory
        states.append(memory.state)
        settled = seen if memory.settled else settled
    return states, drifts, why


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in STATES])
def test_states(case: dict[str, Any]) -> None:
    states, drifts, why = walked(case["visits"])
    assert [str(state) for state in states] == case["states"]
    assert [drift and [str(drift.state), str(drift.severity)] for drift in drifts] == case["tells"]
    if "causes" in case:
        assert why == case["causes"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CAUSES])
def test_causes(case: dict[str, Any]) -> None:
    _, drifts, why = walked(case["visits"])
    assert drifts[-1] is not None
    assert why == case["causes"]


def test_a_drift_says_what_moved_and_between_which_visits() -> None:
    _, drifts, _ = walked([{}, {"hours": 30, "tdm": None}])
    (drift,) = drifts
    assert drift is not None
    assert (drift.before, drift.at, drift.was) == (START, START + timedelta(hours=30), State.PRESENT)
    told = {(move.url, move.use, move.before.name, move.after.name) for move in drift.moves}
    assert (SITE, Use.TDM, "FULL", "NONE") in told
    assert (SITE + "/", Use.TRAIN_AI, "FULL", "NONE") in told


visits = st.fixed_dictionaries(
    {},
    optional={
        "tdm": st.sampled_from([None, "[", '[{"location": "/", "tdm-reservation": 0}]']),
        "robots": st.sampled_from([None, "User-agent: *\nDisallow: /", "User-agent: GPTBot\nDisallow: /"]),
        "page_headers": st.sampled_from(
            [["tdm-reservation: 1"], ["tdm-reservation: 0"], ["X-Robots-Tag: noai"]]
        ),
        "status": st.sampled_from([200, 403, 404, 500]),
        "failure": st.sampled_from(["timeout", "dns"]),
    },
)


@given(st.lists(visits, min_size=1, max_size=4))
def test_a_visit_like_the_one_before_tells_nothing(specs: list[dict[str, Any]]) -> None:
    """The short way of the store, which does not look when a verdict stayed as it was, is right."""
    states, _, _ = walked(specs)
    again, drifts, _ = walked([*specs, specs[-1]])
    memory = Memory(states[-1])
    if same(memory) is memory and states[-1] is not State.WEAKENED:
        assert again[-1] is states[-1]
        assert drifts[-1] is None


@given(visits, visits)
def test_what_is_lost_needs_two_visits_six_hours_apart(first: dict[str, Any], second: dict[str, Any]) -> None:
    states, _, _ = walked([first, second, second | {"hours": 5}])
    assert State.LOST not in states


@given(visits, visits)
def test_causes_never_raise(first: dict[str, Any], second: dict[str, Any]) -> None:
    causes(made(first), made(second))
