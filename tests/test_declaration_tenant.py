"""A tenant as one line of JSON: the same words, the same faults, each with its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.core.errors import DeclarationError
from voorbehoud.declaration.json_source import read_json
from voorbehoud.declaration.load import load, load_tenant
from voorbehoud.declaration.source import Faults, Listing, Mapping, Node, Scalar

WISH = {
    "declared-by": {"name": 'Zoë 🎨 "Z"', "contact": "zoe@atelier.example"},
    "site": "https://atelier.example",
    "since": "2026-11-01",
    "exceptions": [{"path": "/pers/", "allow": ["tdm"]}],
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def plain(node: Node) -> object:
    """Give the tree as JSON's own library would, texts for all that is neither list nor object."""
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.pairs}
    return node.text


def as_text(value: object) -> object:
    if isinstance(value, list):
        return [as_text(item) for item in value]
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    return value if isinstance(value, str) else json.dumps(value)


@given(values, st.sampled_from((None, 1)), st.booleans())
def test_every_json_value_is_read_as_the_library_reads_it(
    value: object, indent: int | None, plainly: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plainly)
    faults = Faults("x", text)
    node = read_json(text, faults)
    if node is None:
        assert "nested more than" in str(faults.found[0])
    else:
        assert plain(node) == as_text(value)


@given(st.text('{}[]",:\\u0 1truenl-.\n', max_size=30) | st.text(max_size=30))
def test_what_is_no_json_is_a_fault_and_never_an_exception(text: str) -> None:
    faults = Faults("x", text)
    node = read_json(text, faults)
    try:
        json.loads(text, parse_constant=lambda word: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert node is None
    assert (node is None) == bool(faults.found) or any("second time" in str(fault) for fault in faults.found)


def test_a_tenant_has_the_declaration_that_yaml_gives() -> None:
    line = json.dumps({"folder": "/srv/zoë", "declaration": WISH})
    tenant = load_tenant(line, "t.jsonl", 4)
    assert tenant.folder == "/srv/zoë"
    assert tenant.wish == load(json.dumps(WISH, ensure_ascii=False), "x")
    assert load_tenant(json.dumps(WISH), "t.db, tenants", 4, "/srv/zoë") == tenant


@pytest.mark.parametrize(
    ("line", "place", "why"),
    [
        ('{"declaration": {}}', "t:3:1", "`folder:` is missing"),
        ('{"folder": "/a", "declaration": 7}', "t:3:33", "an object with the names of voorbehoud.yaml"),
        ('{"folder": "", "declaration": {}}', "t:3:12", "this is no folder"),
        ('{"folder": "/a\\u0000", "declaration": {}}', "t:3:12", "this is no folder"),
        ('{"folder": "/\\ud800", "declaration": {}}', "t:3:12", "this is no folder"),
        ('{"folder": null, "declaration": {}}', "t:3:2", "has no value"),
        ('{"folder": "/a", "folder": "/b"}', "t:3:18", "a second time (first at 3:2)"),
        ('{"folder": "/a", "declaration": {"since": 20261101}}', "t:3:43", "is not a date"),
        ('{"folder": "/a", "declaration": {"reserve": [true]}}', "t:3:46", "YAML trap"),
        ('{"folder": "/a"} {}', "t:3:18", "the value has ended here"),
        ('{"folder": "/a",}', "t:3:17", "a name in double quotes"),
        ('{"folder": "/a" "b"}', "t:3:17", "a comma or a closing }"),
        ('["/a" "b"]', "t:3:7", "a comma or a closing ]"),
        ('{"folder" "/a"}', "t:3:11", "a colon"),
        ('{"folder": "/a', "t:3:12", "unterminated string"),
        ('{"folder": NaN}', "t:3:12", "a JSON value is expected"),
        ("[" * 20, "t:3:10", "nested more than"),
        ("[" + "1," * 10_001 + "1]", "t:3:20000", "more than 10000 values"),
    ],
)
def test_every_fault_has_its_place(line: str, place: str, why: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        load_tenant(line, "t", 3)
    assert any(str(fault).startswith(f"{place}: ") and why in str(fault) for fault in refused.value.faults), (
        str(refused.value)[:500]
    )


def test_a_scalar_knows_whether_it_was_quoted() -> None:
    assert read_json('"null"', Faults("x", "")) == Scalar("null", False, 0)
    assert read_json("null", Faults("x", "")) == Scalar("null", True, 0)
