"""RFC 9651 dictionaries, and the usage preferences that AIPREF writes with them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import load
from voorbehoud.core.preference import Preference
from voorbehoud.core.use import Use
from voorbehoud.grammar.structured import LONGEST, Slip, parse_dictionary
from voorbehoud.grammar.usage import LABELS, usage, usage_text

ROWS = [pytest.param(row, id=row["name"]) for row in load("aipref/dictionary.yaml")]


@pytest.mark.parametrize("row", ROWS)
def test_statements(row: dict[str, Any]) -> None:
    found = usage(row["given"])
    assert {use.value: preference.name.lower() for use, preference in found.said} == row["said"]
    assert sorted(use.value for use in found.refused) == row["refused"]
    assert sorted(flaw.fault.value for flaw in found.flaws) == row.get("flaws", [])
    assert found.corrected == row.get("corrected", found.corrected)


@pytest.mark.parametrize("row", ROWS)
def test_what_is_proposed_instead_is_flawless_and_refuses_as_much(row: dict[str, Any]) -> None:
    found = usage(row["given"])
    proposed = usage(found.corrected)
    assert proposed.flaws == ()
    assert all(proposed.preference(use) is Preference.DISALLOWED for use in found.refused)


@pytest.mark.parametrize(
    ("value", "slip"),
    [
        ("Train-AI=n", Slip.UPPER_CASE_KEY),
        ("a=n b=y", Slip.MISSING_COMMA),
        ("a=n,", Slip.STRAY_COMMA),
        ("a=n,,b=y", Slip.STRAY_COMMA),
        ("a=n;b=y", Slip.SEMICOLON),
        ("a = n", Slip.SPACE_AROUND_EQUALS),
        ("a= n", Slip.SPACE_AROUND_EQUALS),
        ("a=n,a=y", Slip.DUPLICATE_KEY),
        ("!", Slip.OTHER),
    ],
)
def test_slips_have_a_name(value: str, slip: Slip) -> None:
    assert slip in parse_dictionary(value).slips


def test_members_keep_key_value_and_parameters() -> None:
    found = parse_dictionary(b'a=n;x=1, b="n", c, d=12, e=?0')
    assert [(m.key, m.token, m.shown, m.parameters) for m in found.members] == [
        ("a", "n", "n", ("x",)), ("b", None, '"n"', ()), ("c", None, "?1", ()), ("d", None, "12", ()), ("e", None, "?0", ()),
    ]  # fmt: skip
    assert found.reason is None


def test_a_field_without_end_is_not_read() -> None:
    found = parse_dictionary("a=" + "n" * LONGEST)
    assert found.members == ()
    assert found.reason is not None


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_any_value(value: bytes | str) -> None:
    found = parse_dictionary(value)
    assert found.reason is None or (found.members == () and found.slips)


@given(st.text('ab=,; \t"NnY?-1@', max_size=60))
def test_values_that_are_nearly_dictionaries(value: str) -> None:
    found = usage(value)
    assert usage(found.corrected).flaws == ()


@given(st.dictionaries(st.sampled_from(list(LABELS.values())), st.sampled_from(list(Preference))))
def test_what_is_written_is_read_again(said: dict[Use, Preference]) -> None:
    wanted = {use: preference for use, preference in said.items() if preference is not Preference.UNKNOWN}
    assert dict(usage(usage_text(tuple(said.items()))).said) == wanted


@pytest.mark.parametrize(
    "text", ["a" * 8000, "a " * 4000, "a=" * 4000, " " * 8000, '"' * 8000, "a,;" * 2600, "A-" * 4000]
)
def test_hostile_values_take_linear_time(text: str) -> None:
    parse_dictionary(text)
