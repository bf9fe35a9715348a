"""The verdict, from captures: vectors in tests/vectors/evaluate, and properties that no vector can show."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.core.evidence import Capture, Failure, Hop, Kind
from voorbehoud.core.finding import Severity
from voorbehoud.core.use import Use
from voorbehoud.evaluate import readers
from voorbehoud.evaluate.explain import explain
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SiteVerdict, Verdict

SITE = "https://e.nl"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PLACE = {
    Kind.ROBOTS: "/robots.txt",
    Kind.TDM_FILE: "/.well-known/tdmrep.json",
    Kind.AI_TXT: "/ai.txt",
    Kind.TRUST_TXT: "/trust.txt",
}
TYPE = {
    Kind.ROBOTS: "text/plain",
    Kind.TDM_FILE: "application/json",
    Kind.AI_TXT: "text/plain",
    Kind.TRUST_TXT: "text/plain",
    Kind.LLMS_TXT: "text/plain",
    Kind.PAGE: "text/html",
    Kind.TDM_POLICY: "application/json",
}
VECTORS = [
    pytest.param(vector, id=f"{path.stem}: {vector['name']}")
    for path in sorted((Path(__file__).parent / "vectors" / "evaluate").glob("*.yaml"))
    for vector in yaml.safe_load(path.read_text())
]


def capture(spec: dict[str, Any]) -> Capture:
    kind = Kind(spec["kind"])
    asked = spec.get("url") or urljoin(SITE, spec.get("path") or PLACE[kind])
    failure = Failure(spec["failure"]) if "failure" in spec else None
    headers = [tuple(line.split(": ", 1)) for line in spec.get("headers", [])]
    return Capture(
        asked=asked,
        url=spec.get("final", asked),
        kind=kind,
        status=None if failure else spec.get("status", 200),
        headers=(("Content-Type", TYPE.get(kind, "image/jpeg")), *headers),
        body=spec.get("body", "<title>Werk</title>" if kind is Kind.PAGE else "").encode(),
        at=NOW,
        failure=failure,
        tls=spec.get("tls", "ok"),
        method=spec.get("method", "GET"),
        found_on=spec.get("found_on"),
        agent=spec.get("agent", ""),
        hops=tuple(
            Hop(h["url"], h["status"], tuple(tuple(line.split(": ", 1)) for line in h["headers"]), NOW)
            for h in spec.get("hops", [])
        ),
    )


def visit(specs: list[dict[str, Any]]) -> tuple[Capture, ...]:
    """The captures of a vector; policy files of the site that it leaves out are not there (404)."""
    given_captures = [capture(spec) for spec in specs]
    asked = {c.asked for c in given_captures}
    gone = [
        capture({"kind": kind, "status": 404})
        for kind in PLACE
        if specs and urljoin(SITE, PLACE[kind]) not in asked
    ]
    return (*given_captures, *gone)


@pytest.mark.parametrize("vector", VECTORS)
def test_vector(vector: dict[str, Any]) -> None:
    result = judge(SITE, visit(vector["captures"]), NOW)

    assert result.protected is vector["protected"]
    assert result.reachable is vector.get("reachable", True)
    for name, wanted in vector["uses"].items():
        assert told(result, Use(name), wanted.count("/")) == wanted
    for path, wanted in vector.get("resources", {}).items():
        resource = next(r for r in result.resources if r.url == urljoin(SITE, path))
        assert resource.use(Use.TDM).strict == wanted
    contradictory = [verdict.use for verdict in result.uses if verdict.contradictory]
    assert contradictory == vector.get("contradictory", [])
    if "findings" in vector:
        ours = {f.code for f in result.findings if f.code[:3] in {"GET", "EFF", "LLM"}}
        assert ours == set(vector["findings"])


def told(result: SiteVerdict, use: Use, parts: int) -> str:
    verdict = result.use(use)
    words = [verdict.strict, verdict.protective, *([verdict.audience] if verdict.audience else [])]
    return "/".join(map(str, words[: parts + 1] if parts < 2 else words))


FILE = {"kind": "tdmrep.json", "body": '[{"location": "/", "tdm-reservation": 1}]'}
WHOLE = [FILE, {"kind": "page", "path": "/"}, {"kind": "image", "path": "/a.jpg"}]


def test_findings_are_sorted_worst_first_and_told_once() -> None:
    result = judge(SITE, visit([{"kind": "page", "path": "/", "headers": ["tdm-reservation: yes"]}] * 2), NOW)
    weights = [f.severity.weight for f in result.findings]
    assert weights == sorted(weights, reverse=True)
    assert len({(f.code, f.origin, f.values) for f in result.findings}) == len(result.findings)


def test_a_word_to_bing_is_a_no_to_bing_and_to_nobody_else() -> None:
    told = visit([{"kind": "page", "path": "/", "headers": ["X-Robots-Tag: noarchive"]}])
    for agent, verdict in (("bingbot", Verdict.RESERVED), ("CCBot", Verdict.UNSET)):
        answer = explain(told, f"{SITE}/", agent, Use.TRAIN_AI)
        assert answer.verdict.strict is verdict
        assert {v.signal for v in answer.voices if v.said} == (
            {"search-engines"} if agent == "bingbot" else set()
        )


@pytest.mark.parametrize(
    "specs",
    [
        [
            {
                "kind": "tdmrep.json",
                "body": '[{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://e.nl/p.json"}]',
            },
            {"kind": "tdm-policy", "path": "/p.json", "failure": "gave-up"},
            {"kind": "page", "path": "/"},
        ],
        [{"kind": "tdmrep.json", "body": '[{"location": "/", "tdm-reservation": 1}]'}, {"kind": "page", "path": "/", "body": ""}],
    ],
    ids=["a policy that nobody looked at", "an empty answer"],
)  # fmt: skip
def test_the_answer_to_one_agent_is_as_careful_as_the_verdict(specs: list[dict[str, Any]]) -> None:
    captures = visit(specs)
    ours = judge(SITE, captures, NOW).resources[0].use(Use.TDM).strict
    answer = explain(captures, f"{SITE}/", "ClaudeBot", Use.TDM)
    assert (ours, answer.verdict.strict) == (Verdict.UNDETERMINED, Verdict.UNDETERMINED)


def test_good_news_is_told_once_a_code() -> None:
    header = ["tdm-reservation: 1"]
    pages = [{"kind": "page", "path": f"/{n}", "headers": header} for n in range(3)]
    good = [f.code for f in judge(SITE, visit(pages), NOW).findings if f.severity is Severity.GOOD]
    assert len(good) == len(set(good))
    assert "TDH901" in good


@given(st.permutations(visit(WHOLE)))
def test_the_order_of_captures_changes_nothing(captures: list[Capture]) -> None:
    result = judge(SITE, captures, NOW)
    assert result.protected
    assert result.findings == judge(SITE, visit(WHOLE), NOW).findings


@given(
    st.sampled_from(range(len(WHOLE))),
    st.sampled_from(list(Failure))
    | st.sampled_from([301, 304, 400, 401, 403, 407, 418, 429, 451, 500, 502, 503]),
)
def test_no_failure_ever_protects(which: int, trouble: Failure | int) -> None:
    """Take any capture of a protected site away: what rested on it is undetermined, and nothing becomes permission."""
    captures = list(visit(WHOLE))
    if isinstance(trouble, Failure):
        captures[which] = replace(captures[which], status=None, failure=trouble, body=b"")
    else:
        captures[which] = replace(captures[which], status=trouble, body=b"")
    result = judge(SITE, captures, NOW)
    assert not result.protected
    assert result.use(Use.TDM).strict is Verdict.UNDETERMINED
    assert result.use(Use.TDM).undetermined


@given(
    st.lists(
        st.builds(
            lambda kind, body, headers: replace(
                capture({"kind": kind, "path": "/x"}), body=body, headers=tuple(headers)
            ),
            st.sampled_from(list(Kind)),
            st.binary(max_size=200),
            st.lists(
                st.tuples(
                    st.sampled_from(
                        ["tdm-reservation", "Content-Usage", "X-Robots-Tag", "Content-Type", "tdm-policy"]
                    ),
                    st.text(max_size=30),
                ),
                max_size=4,
            ),
        ),
        max_size=5,
    )
)
def test_nothing_that_a_server_sends_raises(captures: list[Capture]) -> None:
    judge(SITE, captures, NOW)


@pytest.mark.parametrize(
    ("spec", "signal", "state"),
    [
        ({"kind": "tdmrep.json", "body": '[{"location": "/", "tdm-reservation": 1}]'}, "tdm-file", "present"),
        (
            {"kind": "tdmrep.json", "body": '[{"location": "/", "tdm-reservation": "1"}]'},
            "tdm-file",
            "broken",
        ),
        ({"kind": "tdmrep.json", "body": "<!doctype html>"}, "tdm-file", "broken"),
        ({"kind": "tdmrep.json", "status": 404}, "tdm-file", "absent"),
        ({"kind": "tdmrep.json", "status": 503}, "tdm-file", "undetermined"),
        (
            {"kind": "robots.txt", "body": "Disallow: /\nUser-agent: GPTBot\nDisallow: /\n"},
            "robots-txt",
            "present",
        ),
        ({"kind": "robots.txt", "body": "<!doctype html><title>Home</title>"}, "robots-txt", "broken"),
        ({"kind": "page", "path": "/", "headers": ["tdm-reservation: yes"]}, "tdm-header", "broken"),
        ({"kind": "page", "path": "/"}, "tdm-header", "absent"),
        ({"kind": "page", "path": "/", "failure": "timeout"}, "tdm-header", "undetermined"),
    ],
)
def test_what_exists_and_says_nothing_is_broken(spec: dict[str, Any], signal: str, state: str) -> None:
    result = judge(SITE, visit([spec]), NOW)
    assert [s.state for s in result.signals if s.signal == signal] == [state]


SHARED = (
    "User-agent: *\nContent-Usage: train-ai=n\nContent-Signal: ai-train=no\nLicense: /l.xml\nDisallow: /y\n\n"
)


@pytest.mark.parametrize(
    "robots",
    [
        SHARED + "".join(f"User-agent: bot{n}\nDisallow: /x\n" for n in range(12_000)),
        "".join(f"User-agent: b{n}\n" for n in range(8_000))
        + "".join(f"Disallow: /a{n}\n" for n in range(8_000))
        + "".join(f"User-agent: b{n}\nDisallow: /x\n" for n in range(8_000)),
    ],
    ids=["many groups", "many groups that share one"],
)
@pytest.mark.timeout(
    60
)  # no measurement (benchmarks/ has those): what asks every group for every address takes minutes
def test_a_robots_txt_of_many_groups_is_judged_to_the_end(robots: str) -> None:
    specs: list[dict[str, Any]] = [{"kind": Kind.ROBOTS, "body": robots}]
    specs += [{"kind": Kind.PAGE, "path": f"/{n}.html"} for n in range(11)]
    assert not judge(SITE, visit(specs), NOW).protected


# ---- what is saved must not be missed --------------------------------------------------------------------------------
@pytest.mark.parametrize("vector", VECTORS)
def test_who_is_told_the_same_need_not_be_judged_again(
    vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    captures = visit(vector["captures"])
    quickly = judge(SITE, captures, NOW)
    monkeypatch.setattr(readers, "_alike", lambda one, other: False)
    assert judge(SITE, captures, NOW) == quickly


def test_no_signal_reads_a_field_that_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    field = Capture.field

    def told(capture: Capture, name: str) -> tuple[str, ...]:
        asked.add(name.lower())
        return field(capture, name)

    monkeypatch.setattr(Capture, "field", told)
    for path in sorted((Path(__file__).parent / "vectors" / "evaluate").glob("*.yaml")):
        for vector in yaml.safe_load(path.read_text()):
            judge(SITE, visit(vector["captures"]), NOW)
    assert {"tdm-reservation", "content-usage", "x-robots-tag", "link"} <= asked
    assert asked.isdisjoint(readers.UNREAD_FIELDS)


ONE = {"kind": "page", "path": "/", "headers": ["tdm-reservation: 1"]}


@pytest.mark.parametrize(
    ("other", "strict"),
    [
        ({"headers": ["tdm-reservation: 0"]}, Verdict.NOT_RESERVED),
        ({"headers": []}, Verdict.UNSET),
        ({"status": 503}, Verdict.UNDETERMINED),
        ({"failure": "timeout"}, Verdict.UNDETERMINED),
        ({"path": "/b"}, Verdict.RESERVED),
        ({"kind": "image"}, Verdict.RESERVED),
        ({"kind": "robots.txt", "path": "/robots.txt"}, Verdict.UNDETERMINED),
    ],
)
def test_no_two_captures_are_taken_for_one(other: dict[str, Any], strict: Verdict) -> None:
    first = judge(SITE, visit([ONE]), NOW)
    second = judge(SITE, visit([ONE | other]), NOW)
    assert first.use(Use.TDM).strict is Verdict.RESERVED
    assert second.use(Use.TDM).strict is strict
    assert judge(SITE, visit([ONE]), NOW) == first


def test_one_body_under_two_types_is_read_twice() -> None:
    body = '<meta name="tdm-reservation" content="1"><title>x</title>'
    page = {"kind": "page", "path": "/", "body": body}
    html = visit([page])
    text = tuple(
        replace(c, headers=(("Content-Type", "text/plain"),)) if c.kind is Kind.PAGE else c for c in html
    )
    cut = tuple(replace(c, truncated=c.kind is Kind.PAGE) for c in html)
    assert judge(SITE, html, NOW).use(Use.TDM).strict is Verdict.RESERVED
    assert judge(SITE, text, NOW).use(Use.TDM).strict is Verdict.UNSET
    assert "TDM101" not in {f.code for f in judge(SITE, html, NOW).findings}
    assert judge(SITE, cut, NOW).use(Use.TDM).strict is Verdict.RESERVED


def test_one_robots_txt_speaks_of_each_address_and_from_its_own_place() -> None:
    """The same bytes at two sites: what is kept with a file names the file that was asked."""
    robots = {"kind": "robots.txt", "body": "User-agent: *\nDisallow: /a\nDisallow: /*.jpg$\n"}
    pages = [{"kind": "page", "path": path} for path in ("/", "/a", "/a/b", "/x.jpg", "/x.jpgs")]
    here = judge(SITE, visit([robots, *pages]), NOW)
    assert [r.use(Use.TRAIN_AI).protective for r in here.resources] == [
        Verdict.UNSET, Verdict.RESERVED, Verdict.RESERVED, Verdict.RESERVED, Verdict.UNSET,
    ]  # fmt: skip
    lines = [sorted({s.origin.where for s in r.use(Use.TRAIN_AI).because}) for r in here.resources]
    assert lines == [[], ["line 2"], ["line 2"], ["line 3"], []]
    moved = tuple(
        replace(c, asked=c.asked.replace("e.nl", "f.nl"), url=c.url.replace("e.nl", "f.nl"))
        for c in visit([robots, *pages])
    )
    there = judge("https://f.nl", moved, NOW)
    origins = {s.origin.url for r in there.resources for s in r.use(Use.TRAIN_AI).because}
    assert origins == {"https://f.nl/robots.txt"}
