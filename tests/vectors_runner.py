"""Runs the vector files of a signal: one shape for all of them, so that a case reads like the specification's own table.

A file under `tests/vectors/<spec>/` is a list of cases:

    - name: a word instead of a number is as good as nothing
      kind: standard            # standard: the specification says so; house: we decided
      given: ["tdm-reservation: yes"]
      model: {reserved: null}
      means: {}
      findings: [TDH201]
      one_way: true

`given`     a list: header lines; a text: the body; a mapping: `headers`, `body` or `hex`, `url`, `status`, `kind`, `truncated`;
            `tail: [text, times]` makes a long body; `file`: a real file, made as tests/real_files.py says.
            Where there are no headers but a body, the media type is the right one for its kind.
`asked`     the URL that `means` is about (or a mapping with `url` and `agent`); default: the home page for a policy file,
            else the resource itself.
`model`     null: nothing of the mechanism is there; a mapping: these fields, others are free; left out: not compared.
`means`     use: preference, in both readings and for everyone; or use: {strict, protective, audience, agents}.
            Every use that is not listed must be unknown in both readings.  Left out: not compared.
`findings`  every code, in any order, repeats counted; default: none.
`says`      texts that must each occur in some finding (its message, why, fix or place).
`signal`, `confirmed`: for the test that reads the file; it says what they do.
`one_way`   true: the model is not rendered and parsed again.

Use it so:

    @pytest.mark.parametrize("case", cases("tdmrep/sec-tdm-header.yaml"))
    def test_vectors(case: Case) -> None:
        check(tdm_header.SIGNAL, case)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from html import escape
from pathlib import Path
from typing import Any

import pytest
import yaml

import real_files
from voorbehoud.core.artifact import Artifact, File, Header, Markup, MediaTag, RobotsGroup, RobotsRecord
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.preference import Preference, combine
from voorbehoud.core.statement import Audience, Reading, Statement
from voorbehoud.core.use import Use
from voorbehoud.grammar.robots import written
from voorbehoud.signals.signal import AnySignal, Asked

VECTORS = Path(__file__).parent / "vectors"
SITE = "https://atelier.example"
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLACES = {
    Kind.ROBOTS: ("/robots.txt", "text/plain; charset=utf-8"),
    Kind.TDM_FILE: ("/.well-known/tdmrep.json", "application/json"),
    Kind.AI_TXT: ("/ai.txt", "text/plain; charset=utf-8"),
    Kind.TRUST_TXT: ("/trust.txt", "text/plain; charset=utf-8"),
    Kind.LICENCE: ("/license.xml", "application/rsl+xml"),
    Kind.TDM_POLICY: ("/tdm-policy.json", "application/json"),
    Kind.PAGE: ("/werk/1.html", "text/html; charset=utf-8"),
    Kind.IMAGE: ("/werk/1.jpg", "image/jpeg"),
}
KEYS = {
    "name",
    "kind",
    "given",
    "asked",
    "model",
    "means",
    "findings",
    "says",
    "one_way",
    "signal",
    "confirmed",
}


@dataclass(frozen=True)
class Case:
    """One case of a vector file, as written."""

    file: str
    said: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.file}: {self.said['name']}"


def load(file: str) -> list[dict[str, Any]]:
    """Give the cases of one vector file (path below tests/vectors); each has a name of its own and says its kind."""
    rows: list[dict[str, Any]] = yaml.safe_load((VECTORS / file).read_text(encoding="utf-8"))
    names = [row.get("name") for row in rows]
    for row in rows:
        if row.get("kind") not in {"standard", "house"} or names.count(row.get("name")) != 1:
            raise ValueError(f"{file}: a case needs a name of its own and a kind (standard, house): {row}")
    return rows


def cases(*files: str) -> list[Any]:
    """Give every case of `files` as a parameter for `pytest.mark.parametrize("case", ...)`."""
    found = [Case(file, row) for file in files for row in load(file)]
    for case in found:
        if unknown := case.said.keys() - KEYS:
            raise ValueError(f"{case}: unknown keys {sorted(unknown)}")
    return [pytest.param(case, id=f"{Path(case.file).stem}: {case.said['name']}") for case in found]


def capture_of(given: Any, kind: Kind) -> Capture:
    """Give the answer that a case describes; see `given` above."""
    if isinstance(given, str):
        given = {"body": given}
    elif isinstance(given, list):
        given = {"headers": given}
    kind = Kind(given.get("kind", kind))
    made = real_files.made(given["file"]) if "file" in given else None
    if made is not None:
        kind = made.kind
        given = {"headers": [f"Content-Type: {made.media_type}"], "url": SITE + made.path} | given
    path, media_type = PLACES.get(kind, ("/werk/bijlage", "application/octet-stream"))
    lines = given.get("headers", [f"Content-Type: {media_type}"])
    headers = tuple((name, value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines))
    body = bytes.fromhex(given["hex"]) if "hex" in given else given.get("body", "").encode()
    body = body if made is None else made.body
    text, times = given.get("tail", ("", 0))
    body += text.encode() * times
    url = given.get("url", SITE + path)
    return Capture(
        asked=url,
        url=url,
        kind=kind,
        status=given.get("status", 200),
        headers=headers,
        body=body,
        at=AT,
        truncated=given.get("truncated", False),
    )


def check(signal: AnySignal, case: Case) -> None:
    """Assert that all faces of `signal` do what `case` says."""
    said = case.said
    kind = Kind.PAGE if Kind.PAGE in signal.reads else min(signal.reads)
    capture = capture_of(said["given"], kind)
    parsed = signal.parse(capture)
    codes = sorted(finding.code for finding in parsed.findings)
    assert codes == sorted(said.get("findings", [])), f"{case}: findings {codes}"
    for text in said.get("says", []):
        assert any(text in told for told in _texts(parsed.findings)), f"{case}: no finding says {text!r}"
    if "model" in said:
        _check_model(case, parsed.model, said["model"])
    asked = _asked(said.get("asked"), capture)
    if "means" in said:
        found = () if parsed.model is None else signal.evaluate(parsed.model, asked, Origin(capture.url))
        wanted = {use: _wish(told) for use, told in said["means"].items()}
        meant = meanings(found)
        assert meant.keys() == wanted.keys(), f"{case}: speaks of {sorted(meant)}"
        for use, wish in wanted.items():
            assert {key: meant[use][key] for key in wish} == wish, f"{case}: {use}: {meant[use]}"
    if parsed.model is not None and not said.get("one_way", False):
        artifacts = signal.render(parsed.model)
        again = signal.parse(sent(artifacts, capture))
        assert again.model == parsed.model, f"{case}: rendered and read again: {again.model}"


def meanings(said: Iterable[Statement]) -> dict[str, dict[str, Any]]:
    """Give what statements amount to: use -> strict, protective, audience (of the statements that decide) and agents."""
    found: dict[str, dict[str, Any]] = {}
    for use in Use:
        about = [s for s in said if s.use is use]
        if not about:
            continue
        answer: dict[str, Any] = {}
        for reading in (Reading.STRICT, Reading.PROTECTIVE):
            told = combine(s.preference for s in about if s.reading.heard_in(reading))
            answer[reading.value] = told.name.lower()
        top = max(s.preference for s in about)
        deciding = [s for s in about if s.preference is top]
        everyone = any(s.audience is Audience.EVERYONE for s in deciding)
        answer["audience"] = (Audience.EVERYONE if everyone else Audience.NAMED).value
        answer["agents"] = sorted({agent for s in deciding for agent in s.agents})
        found[use.value] = answer
    return found


def sent(artifacts: Iterable[Artifact], like: Capture) -> Capture:
    """Give the answer of a server on which `artifacts` were placed; anything else is as in `like`."""
    headers = [(name, value) for name, value in like.headers if name.lower() == "content-type"]
    body, markup, groups, records, tags = b"", "", [], [], []
    for artifact in artifacts:
        match artifact:
            case Header(name, value):
                headers.append((name, value))
            case File(_, body, media_type):
                headers = [("Content-Type", media_type)]
            case Markup(name, content):
                markup += f'<meta name="{escape(name)}" content="{escape(content)}">\n'
            case RobotsGroup():
                groups.append(artifact)
            case RobotsRecord():
                records.append(artifact)
            case MediaTag():
                tags.append(artifact)
    if tags:
        body = real_files.tagged(like.media_type, tags)
    if markup:
        body = f"<!doctype html><html><head>\n{markup}</head><body></body></html>".encode()
    if (groups or records) and like.kind is Kind.ROBOTS:
        body = written(groups or [RobotsGroup(("*",), (("Disallow", ""),))], records).encode()
    return Capture(like.asked, like.url, like.kind, 200, tuple(headers), body, AT)


def plain(value: Any) -> Any:
    """Give `value` as YAML would hold it: enums by value, preferences by name, dataclasses as mappings."""
    if isinstance(value, Preference):
        return value.name.lower()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(plain, value))
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def _texts(findings: Iterable[Any]) -> list[str]:
    return [text for f in findings for text in (f.message, f.why, f.fix, f.origin.where)]


def _check_model(case: Case, model: object, wanted: Any) -> None:
    if wanted is None:
        assert model is None, f"{case}: expected no model, got {model}"
        return
    assert model is not None, f"{case}: there is no model"
    got = {name: plain(getattr(model, name)) for name in wanted}
    assert got == wanted, f"{case}: model {got}"


def _asked(said: Any, capture: Capture) -> Asked:
    home = SITE + "/" if not capture.kind.is_resource else capture.url
    if isinstance(said, str):
        said = {"url": said}
    url = (said or {}).get("url", home)
    return Asked(SITE + url if url.startswith("/") else url, (said or {}).get("agent"))


def _wish(told: Any) -> dict[str, Any]:
    if isinstance(told, str):
        return {"strict": told, "protective": told, "audience": "everyone"}
    wish: dict[str, Any] = {"strict": "unknown", "protective": "unknown", "audience": "everyone"} | told
    return wish
