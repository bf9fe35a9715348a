"""TDMRep in its three carriers on a web site: file, header, page."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import AT, SITE, Case, capture_of, cases, check, load, sent
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.preference import Preference, combine
from voorbehoud.core.statement import Reading
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Carrier, Declaration, Declarer, PathException
from voorbehoud.evaluate.site import judge
from voorbehoud.grammar.location import canonical, literal, matches, target
from voorbehoud.signals import tdm_file, tdm_header, tdm_meta
from voorbehoud.signals.signal import AnySignal, Asked
from voorbehoud.signals.tdm_file import TdmFile, TdmRule
from voorbehoud.signals.tdm_words import TdmWords

FILE = SITE + tdm_file.PATH


@pytest.mark.parametrize("case", cases("tdmrep/sec-tdm-file.yaml"))
def test_the_file(case: Case) -> None:
    check(tdm_file.SIGNAL, case)


@pytest.mark.parametrize("case", cases("tdmrep/sec-tdm-header.yaml"))
def test_the_header(case: Case) -> None:
    check(tdm_header.SIGNAL, case)


@pytest.mark.parametrize("case", cases("tdmrep/sec-tdm-html.yaml"))
def test_the_page(case: Case) -> None:
    check(tdm_meta.SIGNAL, case)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in load("tdmrep/path-matching.yaml")])
def test_path_matching(row: dict[str, Any]) -> None:
    for expected, key in ((True, "matches"), (False, "misses")):
        for url in row.get(key, ()):
            assert matches(row["location"], target(url)) is expected, f"{row['location']} {key} {url}"


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in load("tdmrep/limits.yaml")])
def test_how_much_is_read(row: dict[str, Any]) -> None:
    of_each: dict[str, tuple[AnySignal, Kind]] = {
        "tdm-file": (tdm_file.SIGNAL, Kind.TDM_FILE),
        "tdm-meta": (tdm_meta.SIGNAL, Kind.PAGE),
    }
    signal, kind = of_each[row["signal"]]
    parts = row["given"]
    body = parts["before"] + parts["repeat"] * parts["times"] + parts["after"]
    capture = capture_of({"body": body, "truncated": parts.get("truncated", False)}, kind)
    parsed = signal.parse(capture)
    assert sorted(f.code for f in parsed.findings) == sorted(row["findings"])
    origin = Origin(capture.url)
    said = () if parsed.model is None else signal.evaluate(parsed.model, Asked(SITE + "/werk/"), origin)
    for reading in (Reading.STRICT, Reading.PROTECTIVE):
        heard = combine(s.preference for s in said if s.reading.heard_in(reading))
        assert heard.name.lower() == row[reading]


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in load("tdmrep/d3-site.yaml")])
def test_several_carriers_at_once(row: dict[str, Any]) -> None:
    given = row["given"]
    page = Kind(given.get("kind", "page"))
    origin = "https://cdn.example" if given.get("elsewhere") else SITE
    file = given.get("file")
    if isinstance(file, str):
        file = {"body": file, "media_type": "application/json"}
    captures = [
        answer(site + path, kind, status=404)
        for site in {SITE, origin}
        for path, kind in (("/robots.txt", Kind.ROBOTS), ("/ai.txt", Kind.AI_TXT))
    ]
    for site in {SITE, origin}:
        if file is not None and site == SITE:
            captures.append(answer(FILE, Kind.TDM_FILE, file["body"], file["media_type"]))
        else:
            captures.append(answer(site + tdm_file.PATH, Kind.TDM_FILE, status=404))
    body = "<!doctype html><head>" + "".join(given.get("meta", ()))
    media_type = "text/html" if page is Kind.PAGE else "image/jpeg"
    captures.append(answer(origin + given["url"], page, body, media_type, given.get("headers", ())))
    verdict = judge(SITE, captures, AT)
    (resource,) = verdict.resources
    mining = resource.use(Use.TDM)
    assert (mining.strict, mining.protective) == (row["strict"], row["protective"])
    assert set(row["findings"]) <= {finding.code for finding in verdict.findings}


def answer(
    url: str,
    kind: Kind,
    body: str = "",
    media_type: str = "text/html",
    headers: Sequence[str] = (),
    status: int = 200,
) -> Capture:
    """Give an answer with the header lines `headers`."""
    fields = ((name, value.strip()) for name, _, value in (line.partition(":") for line in headers))
    return Capture(url, url, kind, status, (("Content-Type", media_type), *fields), body.encode(), AT)


# ---- the file: limits and hostile content ------------------------------------------------------------------------------
def of_file(body: bytes) -> Capture:
    return Capture(FILE, FILE, Kind.TDM_FILE, 200, (("Content-Type", "application/json"),), body, AT)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'[{"a":' * 50_000,
        b'[{"location":"/","tdm-reservation":' + b"1" * 100_000 + b"}]",
        b'[{"location":"/","tdm-reservation":1e99999}]',
        b'[{"location":"/","tdm-reservation":' + b"[" * 500 + b"]" * 500 + b"}]",
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b'[{"location":"/' + b"*a" * 100_000 + b'","tdm-reservation":1}]',
        b"[" + b'{"location":"/b","tdm-reservation":1},' * 12_000 + b"1]",
        b"\xff\xfe[\x00]\x00",
        b"\xef\xbb\xbf",
        b"\n" * 500_000,
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.timeout(60)  # no measurement (benchmarks/ has those): what is not linear would take hours
def test_hostile_files_come_to_an_end_and_reserve_nothing_for_literal_readers(body: bytes) -> None:
    model = tdm_file.parse(of_file(body)).model
    if model is not None:
        for statement in tdm_file.evaluate(model, Asked(f"{SITE}/" + "a" * 2000), Origin(FILE)):
            assert statement.reading is Reading.PROTECTIVE


@given(
    st.binary(max_size=300) | st.text('[]{}":,01/* \\tdm-reservation location', max_size=300).map(str.encode)
)
def test_the_file_survives_any_bytes(body: bytes) -> None:
    model = tdm_file.parse(of_file(body)).model
    if model is not None:
        tdm_file.evaluate(model, Asked(SITE + "/x"), Origin(FILE))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["location", "tdm-reservation", "tdm-policy", "/", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_the_file_survives_any_json_and_only_a_proper_one_reserves(value: object) -> None:
    parsed = tdm_file.parse(of_file(json.dumps(value).encode()))
    if parsed.model is None:
        return
    for statement in tdm_file.evaluate(parsed.model, Asked(SITE + "/x"), Origin(FILE)):
        if statement.reading is not Reading.PROTECTIVE:
            assert isinstance(value, list)
            assert any(isinstance(r, dict) and type(r.get("tdm-reservation")) is int for r in value)


PATHS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(lambda text: "/" + text)
RULE = st.builds(
    lambda location, reserved, policy: TdmRule(location, reserved, policy, reserved),
    PATHS,
    st.booleans(),
    st.none() | st.just("https://atelier.example/p"),
)


@given(st.lists(RULE, max_size=6))
def test_what_is_published_is_read_back(rules: list[TdmRule]) -> None:
    model = TdmFile(tuple(rules))
    (file,) = tdm_file.render(model)
    assert file.body.isascii()
    assert tdm_file.parse(of_file(file.body)).model == model


def test_a_faulty_model_is_never_published() -> None:
    for model in (
        TdmFile((), literal=False),
        TdmFile((TdmRule("/", None),)),
        TdmFile((TdmRule(None, True),)),
    ):
        with pytest.raises(ValueError, match="cannot be published"):
            tdm_file.render(model)


def test_a_soft_404_of_another_kind_of_page_does_not_count_as_a_file() -> None:
    assert tdm_file.parse(of_file(b"\xef\xbb\xbf  <!DOCTYPE html>")).model is None


# ---- patterns --------------------------------------------------------------------------------------------------------
@given(PATHS)
def test_a_path_of_the_declaration_matches_itself_and_what_lies_below(path: str) -> None:
    pattern = literal(path)
    assert pattern.isascii()
    if "?" not in path and "#" not in path and "/." not in canonical(path):
        assert matches(pattern, target(path))
        assert matches(pattern, target(path + "x"))


@given(PATHS)
def test_there_is_one_canonical_spelling(path: str) -> None:
    assert canonical(canonical(path)) == canonical(path)


@pytest.mark.timeout(60)
def test_matching_never_goes_back() -> None:
    pattern, path = "/" + "*a" * 2000 + "$", "/" + "a" * 100_000 + "b"
    assert not matches(pattern, target(path))


# ---- the maker's wish ------------------------------------------------------------------------------------------------
def declaration(*exceptions: PathException, reserve: frozenset[Use] = frozenset({Use.TDM})) -> Declaration:
    return Declaration(
        Declarer("Atelier Voorbeeld", "info@atelier.example"),
        SITE,
        date(2026, 1, 1),
        reserve=reserve,
        exceptions=exceptions,
    )


def free(path: str) -> PathException:
    return PathException(path, allow=frozenset({Use.TDM}))


def kept(path: str) -> PathException:
    return PathException(path, reserve=frozenset({Use.TDM}))


def test_the_wish_puts_exceptions_first_and_the_root_last() -> None:
    wish = declaration(free("/press/"), kept("/press/intern/"), kept("/al/"))
    model = TdmFile.of(wish, "/")
    assert model is not None
    assert [(r.location, r.reserved) for r in model.rules] == [
        ("/press/intern/", True),
        ("/press/", False),
        ("/", True),
    ]
    assert [r.policy for r in model.rules] == [wish.policy, None, wish.policy]


def test_special_characters_of_a_path_are_escaped() -> None:
    model = TdmFile.of(declaration(free("/vrij$*/é b/")), "/")
    assert model is not None
    assert model.rules[0].location == "/vrij%24%2A/%C3%A9%20b/"


SEGMENT = st.sampled_from(["a", "b", "ab", "$", "*", "é"])
EXCEPTION = st.builds(
    lambda parts, keep: (kept if keep else free)("/" + "".join(f"{p}/" for p in parts)),
    st.lists(SEGMENT, min_size=1, max_size=3),
    st.booleans(),
)


@given(
    st.lists(EXCEPTION, max_size=5, unique_by=lambda e: e.path),
    st.booleans(),
    st.lists(SEGMENT, max_size=4).map(lambda parts: "/" + "/".join(parts)),
)
def test_the_published_file_says_what_was_declared_everywhere(
    exceptions: list[PathException], reserved: bool, path: str
) -> None:
    wish = declaration(*exceptions, reserve=frozenset({Use.TDM} if reserved else ()))
    model = TdmFile.of(wish, "/")
    said = () if model is None else tdm_file.evaluate(model, Asked(SITE + path), Origin(FILE))
    assert [s.preference for s in said] == [
        p for p in [wish.preference(Use.TDM, path)] if p != Preference.UNKNOWN
    ]
    if model is not None:
        parsed = tdm_file.parse(sent(tdm_file.render(model), of_file(b"")))
        assert parsed.model == model
        assert not {f.code for f in parsed.findings} & {"TDF302", "TDF301", "TDF209", "TDF205"}


@pytest.mark.parametrize("signal", [tdm_header.SIGNAL, tdm_meta.SIGNAL], ids=lambda s: s.name)
def test_the_wish_at_a_path_with_its_policy(signal: AnySignal) -> None:
    wish = declaration(free("/press/"))
    assert signal.of(wish, "/werk/") == TdmWords(True, SITE + "/ai-voorbehoud/", True)
    assert signal.of(wish, "/press/x") == TdmWords(False, None, False)
    assert signal.of(declaration(reserve=frozenset()), "/") is None


def test_without_a_policy_page_no_policy_is_promised() -> None:
    wish = Declaration(
        Declarer("A", "a@b.nl"), SITE, date(2026, 1, 1), carriers=(Carrier.TDM_FILE, Carrier.TDM_HEADER)
    )
    assert TdmWords.of(wish, "/") == TdmWords(True, None, True)


# ---- header and page -------------------------------------------------------------------------------------------------
WORDS = st.builds(
    lambda reserved, policy: TdmWords(reserved, policy, reserved),
    st.booleans(),
    st.none() | st.sampled_from(["https://atelier.example/p", "https://atelier.example/p?a=1&b=2&copy=3"]),
)


@given(WORDS)
def test_header_and_page_are_read_back(model: TdmWords) -> None:
    for signal in (tdm_header.SIGNAL, tdm_meta.SIGNAL):
        page = capture_of({"body": ""}, Kind.PAGE)
        assert signal.parse(sent(signal.render(model), page)).model == model


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=12), max_size=4))
def test_the_header_survives_any_values(values: list[str]) -> None:
    headers = tuple(("tdm-reservation", value) for value in values)
    url = SITE + "/"
    tdm_header.parse(Capture(url, url, Kind.PAGE, 200, (*headers, ("tdm-policy", "".join(values))), b"", AT))


@given(st.lists(st.sampled_from(["0", "1", "2", "", "true", "x"]), max_size=3))
def test_no_fault_ever_makes_a_reservation_weaker_for_favourable_readers(values: list[str]) -> None:
    model = TdmWords.read(values, (), ())
    assert model.meant is not False or model.reserved is False
    assert model.reserved is (False if "0" in values else True if values == ["1"] else None)
    assert model.meant is True or "1" not in values


def test_statements_name_the_policy_as_a_whole_address() -> None:
    capture = capture_of(["tdm-reservation: 1", "tdm-policy: /p"], Kind.PAGE)
    model = tdm_header.parse(capture).model
    assert model is not None
    (said,) = tdm_header.evaluate(model, Asked(capture.url), Origin(capture.url))
    assert said.policy == SITE + "/p"
