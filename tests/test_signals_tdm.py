"""TDMRep in its three carriers on a web site: file, header, page."""

import json
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import AT, SITE, Case, capture_of, cases, check, load, sent
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.preference import Preference
from voorbehoud.core.statement import Reading
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Carrier, Declaration, Declarer, PathException
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
def test_path_matching(row: dict[str, object]) -> None:
    for expected, key in ((True, "matches"), (False, "misses")):
        urls = row.get(key, [])
        assert isinstance(urls, list)
        for url in urls:
            assert matches(str(row["location"]), target(url)) is expected, f"{row['location']} {key} {url}"


def test_every_rule_has_a_vector() -> None:
    """A finding that no case shows may never be found."""
    for file, signal in (("file", tdm_file), ("header", tdm_header), ("html", tdm_meta)):
        shown = {code for row in load(f"tdmrep/sec-tdm-{file}.yaml") for code in row.get("findings", [])}
        # These two need a body that is too long for a vector; they have tests of their own below.
        shown |= {"TDF208", "TDM101"}
        assert {rule.code for rule in signal.SIGNAL.rules} <= shown


# ---- the file: limits and hostile content ------------------------------------------------------------------------------
def of_file(body: bytes) -> Capture:
    return Capture(FILE, FILE, Kind.TDM_FILE, 200, (("Content-Type", "application/json"),), body, AT)


def codes(capture: Capture, signal: AnySignal = tdm_file.SIGNAL) -> list[str]:
    return sorted(finding.code for finding in signal.parse(capture).findings)


def test_more_rules_than_we_read() -> None:
    rules = [{"location": f"/{n}/", "tdm-reservation": 1} for n in range(1001)]
    assert codes(of_file(json.dumps(rules).encode())) == ["TDF208", "TDF305"]
    assert codes(of_file(json.dumps(rules[:1000]).encode())) == ["TDF305"]


def test_a_file_beyond_the_limit_is_no_reservation_for_literal_readers() -> None:
    rules = b'[{"location": "/", "tdm-reservation": 1}' + b" " * tdm_file.MOST_BYTES + b"]"
    parsed = tdm_file.parse(of_file(rules))
    assert [f.code for f in parsed.findings] == ["TDF104"]
    assert parsed.model is not None
    said = tdm_file.evaluate(parsed.model, Asked(SITE + "/"), Origin(FILE))
    assert [s.reading for s in said] == [Reading.PROTECTIVE]


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
def test_hostile_files_cost_little_and_reserve_nothing_for_literal_readers(body: bytes) -> None:
    started = time.process_time()
    model = tdm_file.parse(of_file(body)).model
    if model is not None:
        for statement in tdm_file.evaluate(model, Asked(f"{SITE}/" + "a" * 2000), Origin(FILE)):
            assert statement.reading is Reading.PROTECTIVE
    assert time.process_time() - started < 3


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


def test_matching_is_linear() -> None:
    pattern, path = "/" + "*a" * 2000 + "$", "/" + "a" * 100_000 + "b"
    started = time.process_time()
    assert not matches(pattern, target(path))
    assert time.process_time() - started < 1


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
    assert model.reserved is None or values == [str(int(model.reserved))]


def test_a_head_without_end_is_told() -> None:
    page = capture_of({"body": "<head><style>" + "a{}" * 400_000}, Kind.PAGE)
    assert codes(page, tdm_meta.SIGNAL) == ["TDM101"]


def test_statements_name_the_policy_as_a_whole_address() -> None:
    capture = capture_of(["tdm-reservation: 1", "tdm-policy: /p"], Kind.PAGE)
    model = tdm_header.parse(capture).model
    assert model is not None
    (said,) = tdm_header.evaluate(model, Asked(capture.url), Origin(capture.url))
    assert said.policy == SITE + "/p"
