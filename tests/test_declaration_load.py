"""voorbehoud.yaml read: what it may say, every mistake with its place, and the schema that says the same to editors."""

import json
import re
from contextlib import suppress
from copy import deepcopy
from datetime import date
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.core.errors import DeclarationError
from voorbehoud.core.purpose import Purpose
from voorbehoud.core.use import Use
from voorbehoud.declaration.load import KEYS, MAX_ITEMS, load
from voorbehoud.declaration.model import (
    AgentProfile,
    Carrier,
    Consent,
    Declaration,
    Declarer,
    DeclarerKind,
    Licence,
    MediaOrigin,
    PathException,
    Terms,
)
from voorbehoud.declaration.schema import json_schema
from voorbehoud.declaration.source import MAX_BYTES, MAX_DEPTH, MAX_VALUES

SMALLEST = """\
declared-by:
  name: Atelier Voorbeeld
  contact: rechten@atelier.example
site: https://atelier.example
since: 2026-11-24
"""
WHOLE = """\
declared-by:
  name: Atelier Voorbeeld
  kind: estate
  contact: rechten@atelier.example
  on-behalf-of: A. Maker
site: https://atelier.example
media:
  - https://beeld.atelier.example
  - origin: https://audio.example
    folder: ../media
since: 2026-11-24
reserve: [tdm, train-ai]
allow: [search, ai-use]
exceptions:
  - path: /press/
    allow: [tdm, train-ai]
licence: {contact: licentie@atelier.example, offer: https://atelier.example/licentie}
terms: {voice: never, likeness: ask, style: allowed}
agents: {purposes: [training], add: [NewBot], leave: [GPTBot]}
languages: [en]
carriers: [tdm-file, ai-txt]
"""


def faults(text: str | bytes) -> list[str]:
    """Give the faults of `text` as a maker reads them, without the name of the file."""
    with pytest.raises(DeclarationError) as error:
        load(text, "voorbehoud.yaml")
    told = str(error.value).splitlines()
    assert all(line.startswith("voorbehoud.yaml:") for line in told)
    return [line.removeprefix("voorbehoud.yaml:") for line in told]


def only(text: str | bytes) -> str:
    told = faults(text)
    assert len(told) == 1, told
    return told[0]


def line(extra: str) -> str:
    """Give the one fault of the smallest declaration with `extra` as its line 6."""
    return only(SMALLEST + extra + "\n")


def field(key: str, value: str) -> str:
    """Give the smallest declaration with another value for one of its keys."""
    return re.sub(rf"(?m)^( *{key}:) .*$", lambda found: f"{found[1]} {value}", SMALLEST, count=1)


# ---- what it may say -------------------------------------------------------------------------------------------------
def test_the_smallest_declaration_has_the_defaults_of_the_model() -> None:
    declarer = Declarer("Atelier Voorbeeld", "rechten@atelier.example")
    assert load(SMALLEST, "x") == Declaration(declarer, "https://atelier.example", date(2026, 11, 24))


def test_everything_that_can_be_said_is_read() -> None:
    assert load(WHOLE, "x") == Declaration(
        declarer=Declarer("Atelier Voorbeeld", "rechten@atelier.example", DeclarerKind.ESTATE, "A. Maker"),
        site="https://atelier.example",
        since=date(2026, 11, 24),
        media=(
            MediaOrigin("https://beeld.atelier.example"),
            MediaOrigin("https://audio.example", "../media"),
        ),
        reserve=frozenset({Use.TDM, Use.TRAIN_AI}),
        allow=frozenset({Use.SEARCH, Use.AI_USE}),
        exceptions=(PathException("/press/", allow=frozenset({Use.TDM, Use.TRAIN_AI})),),
        licence=Licence("licentie@atelier.example", "https://atelier.example/licentie"),
        terms=Terms(Consent.NEVER, Consent.ASK, Consent.ALLOWED),
        agents=AgentProfile((Purpose.TRAINING,), ("NewBot",), ("GPTBot",)),
        languages=("en",),
        carriers=(Carrier.TDM_FILE, Carrier.AI_TXT),
    )


@pytest.mark.parametrize(
    "encoded",
    [
        WHOLE.encode(),
        b"\xef\xbb\xbf" + WHOLE.encode(),
        WHOLE.replace("\n", "\r\n").encode(),
        ("---\n" + WHOLE + "...\n").encode(),
    ],
    ids=["utf-8", "byte order mark", "windows", "markers"],
)  # fmt: skip
def test_the_text_may_come_as_an_editor_saves_it(encoded: bytes) -> None:
    assert load(encoded, "x") == load(WHOLE, "x")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("No", "No"),
        ("yes", "yes"),
        ("1984", "1984"),
        ("2026-11-24", "2026-11-24"),
        ("0x1F", "0x1F"),
        ("12:30:45", "12:30:45"),
        ("'null'", "null"),
        ('"Jan: \\"de\\" #1"', 'Jan: "de" #1'),
        ("'  Jan  '", "Jan"),
        ("Zoë 中 🎨", "Zoë 中 🎨"),
        ('"علی\\u200cرضا"', "علی\u200cرضا"),
    ],
)  # fmt: skip
def test_a_name_stays_the_text_that_was_written(written: str, read: str) -> None:
    assert load(field("name", written), "x").declarer.name == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://Atelier.Example/", "https://atelier.example"),
        ("https://atelier.example:443", "https://atelier.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ('"http://[::1]:8080"', "http://[::1]:8080"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("https://straße.example", "https://xn--strae-oqa.example"),
        ("https://my_shop.example", "https://my_shop.example"),
    ],
)  # fmt: skip
def test_an_origin_is_written_in_one_way(written: str, read: str) -> None:
    assert load(field("site", written), "x").site == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/press/", "/press/"),
        ("/één/", "/%C3%A9%C3%A9n/"),
        ("/a%c3%a9", "/a%C3%A9"),
        ('"/a b"', "/a%20b"),
        ("/~jan/(1),2;x=y@z!", "/~jan/(1),2;x=y@z!"),
    ],
)  # fmt: skip
def test_a_path_is_written_as_it_stands_in_addresses(written: str, read: str) -> None:
    wish = load(SMALLEST + f"exceptions:\n  - path: {written}\n    allow: [tdm]\n", "x")
    assert wish.exceptions[0].path == read


def test_a_mail_domain_is_written_in_ascii() -> None:
    assert load(field("contact", "jan@büro.example"), "x").declarer.contact == "jan@xn--bro-hoa.example"


def test_a_written_reservation_takes_the_default_permission_back() -> None:
    wish = load(SMALLEST + "reserve: [tdm, search]\n", "x")
    assert wish.reserve == frozenset({Use.TDM, Use.SEARCH})
    assert wish.allow == frozenset()


def test_only_an_exception_may_reserve() -> None:
    wish = load(SMALLEST + "reserve: []\nexceptions: [{path: /werk/, reserve: [tdm]}]\n", "x")
    assert wish.reserve == frozenset()
    assert wish.reserves(Use.TDM, "/werk/1.jpg") is True


# ---- mistakes --------------------------------------------------------------------------------------------------------
def test_every_mistake_is_told_at_once_in_the_order_of_the_file() -> None:
    told = faults(
        """\
declared-by:
  nmae: Jan
  contact: rechten.example
site: atelier.example
since: 24-11-2026
reserve: [tdm, ai-training]
terms: {voice: no}
terms: {}
exceptions:
  - path: press/
    allow: [tdm]
languages: [nl, nl]
licence:
"""
    )
    assert told == [
        "2:3: `name:` is missing: add it",
        "2:3: unknown key 'nmae'. Did you mean 'name'? Known: name, kind, contact, on-behalf-of.",
        "3:12: 'rechten.example' is not an e-mail address: write one such as rechten@atelier.example",
        "4:7: 'atelier.example' lacks https:// in front: write https://atelier.example",
        "5:8: '24-11-2026' is not a date: write year-month-day, such as 2026-11-24",
        "6:16: unknown use 'ai-training'. Did you mean 'train-ai'? Known: tdm, train-ai, ai-use, search.",
        "7:16: `no` is a YAML trap: write never, ask or allowed",
        "8:1: the key 'terms' stands here a second time (first at 7:1): keep one",
        "10:11: 'press/' is not a path: it starts with /, such as /press/",
        "12:17: this language stands here a second time (first at 12:13): keep one",
        "13:1: `licence:` has no value: fill it in, or delete the line",
    ]


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ("lisence: {}", "unknown key 'lisence'. Did you mean 'licence'?"),
        ("on: x", "`on` is a YAML trap"),
        ("? [a]\n: b", "cannot be a key"),
        ("reserve: tdm", "a list is expected here: put it between brackets, such as [tdm]"),
        ("reserve: []", "nothing is reserved: write at least reserve: [tdm]"),
        ("reserve: [ai-input]", "Did you mean 'ai-use'?"),
        ("reserve: [TDM]", "Did you mean 'tdm'?"),
        ("reserve: [no]", "`no` is a YAML trap: write tdm, train-ai, ai-use or search"),
        ("reserve: [tdm, tdm]", "this use stands here a second time (first at 6:11)"),
        ("reserve: [[tdm]]", "one text is expected here"),
        ("allow: [ai-use]", "ai-use is reserved unless you say otherwise"),
        ("reserve: [tdm]\nallow: [tdm]", "7:8: tdm is both reserved and allowed"),
        ("reserve: [tdm]\nallow: [train-ai]", "7:8: train-ai cannot be allowed here: tdm is reserved"),
        ("exceptions: [{path: /a/, reserve: [tdm], allow: [tdm]}]", "tdm is both reserved and allowed"),
        ("exceptions: [{path: /a/, reserve: [tdm], allow: [train-ai]}]", "train-ai cannot be allowed here"),
        ("exceptions: [{path: /a/}]", "this exception changes nothing"),
        ("exceptions: [{allow: [tdm]}]", "`path:` is missing"),
        ("exceptions: [{path: /, allow: [tdm]}]", "the path / is the whole site"),
        ("exceptions: [{path: /a*, allow: [tdm]}]", "holds a wildcard"),
        ("exceptions: [{path: /a$, allow: [tdm]}]", "holds a wildcard"),
        ('exceptions: [{path: "/a?b", allow: [tdm]}]', "holds a query or fragment"),
        ("exceptions: [{path: /a/../b, allow: [tdm]}]", "holds //, /./ or /../"),
        ("exceptions: [{path: /100%, allow: [tdm]}]", "write %25"),
        ("exceptions: [/press/]", "write names and values here"),
        ("exceptions: [{path: /é, allow: [tdm]}, {path: /%c3%a9, allow: [tdm]}]", "this path stands here a second time"),
        (f"exceptions: [{{path: /{'a' * 600}, allow: [tdm]}}]", "at most 500"),
        ("media: [https://atelier.example/]", "is the site itself"),
        ("media: [https://a.example, {origin: https://A.example}]", "this media origin stands here a second time"),
        ("media: [{folder: x}]", "`origin:` is missing"),
        ("media: [{origin: https://a.example, folder: /srv}]", "is not relative"),
        ('media: [{origin: https://a.example, folder: "a\\\\b"}]', "backslash"),
        ("licence: {offer: http://a.example/}", "starts with https://"),
        ('licence: {offer: "https://a.example/<b>"}', "copy it from the address bar"),
        ("licence: {offer: 'https://a.example/a b'}", "holds a space"),
        ("terms: {voice: maybe}", "unknown answer 'maybe'. Known: never, ask, allowed."),
        ("terms: {voice: Yes}", "`Yes` is a YAML trap: write never, ask or allowed"),
        ("agents: {purposes: [trainig]}", "Did you mean 'training'?"),
        ("agents: {add: ['*']}", "* is everybody"),
        ("agents: {add: ['Bot: x']}", "is not the name of an agent"),
        ("agents: {add: [a]}", "is not the name of an agent"),
        ("agents: {add: [GPTBot, gptbot]}", "this agent stands here a second time"),
        ("agents: {add: [GPTBot], leave: [gptbot]}", "'gptbot' is in `add` too"),
        ("languages: [fr]", "unknown language 'fr'. Known: nl, en."),
        ("languages: []", "this list is empty: name at least one language"),
        ("carriers: [robots.txt]", "Did you mean 'robots-txt'?"),
        ("carriers: [tdmfile]", "Did you mean 'tdm-file'?"),
        ("carriers: []", "this list is empty: name at least one carrier"),
        ("carriers: ~", "`carriers:` has no value"),
        (f"agents: {{add: [{', '.join(f'Bot{n}' for n in range(MAX_ITEMS + 1))}]}}", "at most 200"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_way_out(extra: str, told: str) -> None:
    assert told in line(extra)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("name", '"A\\u202eB"', "the invisible character U+202E"),
        ("name", '"A\\u0000B"', "the invisible character U+0000"),
        ("name", '"A\\u001b[31m"', "the invisible character U+001B"),
        ("name", '"A\\ud800"', "the invisible character U+D800"),
        ("name", '"A\\nUser-agent: *"', "more than one line"),
        ("name", '"A\\u2028B"', "the invisible character U+2028"),
        ("name", "' '", "this is empty"),
        ("name", "a" * 201, "at most 200 fit"),
        ("name", "[Jan]", "one text is expected here"),
        ("contact", "jan@localhost", "is not an e-mail address"),
        ("contact", "jan@127.0.0.1", "is not an e-mail address"),
        ("contact", "jan..a@b.example", "is not an e-mail address"),
        ("contact", "'jan a@b.example'", "is not an e-mail address"),
        ("contact", "Jan <jan@b.example>", "is not an e-mail address"),
        ("site", "https://atelier.example/werk", "write https://atelier.example"),
        ("site", "https://atelier.example/?a", "write https://atelier.example"),
        ("site", "ftp://atelier.example", "it has to start with https://"),
        ("site", "https://jan:geheim@atelier.example", "must not be published"),
        ("site", "https://", "is not a host name"),
        ("site", "https://-a.example", "is not a host name"),
        ("site", "https://a..example", "is not a host name"),
        ("site", "https://atelier.example:99999", "a port that does not exist"),
        ("site", "https://atelier.example:0", "a port that does not exist"),
        ("site", '"https://[::g]"', ""),
        ("site", "https://" + "a." * 130 + "example", "is not a host name"),
        ("site", "https://a.example/" + "b" * 2000, "at most 2000"),
        ("since", "2026-02-30", "is not in the calendar"),
        ("since", "26-11-24", "is not a date"),
        ("since", "31.12.2026", "such as 2026-12-31"),
        ("since", "0206-11-24", "before there was a web"),
        ("since", "2026-11-24T10:00:00", "is not a date"),
        ("since", "２０２６-11-24", "is not a date"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_published_is_refused(key: str, value: str, told: str) -> None:
    assert told in only(field(key, value))


def test_what_is_missing_is_named() -> None:
    assert faults("site: https://a.example\n") == [
        "1:1: `declared-by:` is missing: add it",
        "1:1: `since:` is missing: add it",
    ]


# ---- the text itself -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: the file is empty"),
        ("# only a comment\n", "1:1: the file is empty"),
        ("---\n...\n", "the file is empty"),
        ("- a\n", "1:1: this is no declaration"),
        ("hello\n", "1:1: this is no declaration"),
        ("a:\n\tb: c\n", "2:1: a tab stands where YAML wants spaces"),
        ("a: b: c\n", "1:5: a colon is not expected here"),
        ("a: 'b\n", "close the quote"),
        ("a: [b\n", "a bracket is not closed"),
        ("a: %b\n", "1:4: a value cannot start with %"),
        ("a: @b\n", "1:4: a value cannot start with @"),
        ("a: *\n", "a value cannot start with * or &"),
        ('a: "\\q"\n', "a backslash is written twice"),
        ('a: "\\UFFFFFFFF"\n', "stands for no character"),
        ("- a\nb: c\n", "2:1: this line does not fit"),
        ("a: b\x07\n", "1:5: the invisible character U+0007"),
        ("a: *x\n", "1:4: aliases (`*name`) are not read here"),
        ("a: b\n---\nc: d\n", "2:1: a second document starts here"),
        (b"a: \xe9\n", "1:4: this character is not UTF-8"),
        (b"\xef\xbb\xbfa: b\nc: \xe9\n", "2:4: this character is not UTF-8"),
        ("a: b\n".encode("utf-16"), "1:1: the file is saved as UTF-16"),
        ("a" * (MAX_BYTES + 1), "1:1: the file is 262145 bytes"),
        ("é" * (MAX_BYTES // 2) + "a", "1:1: the file is 262145 bytes"),
        ("[" * 100, f"nested more than {MAX_DEPTH} levels deep"),
        ("{a: " * 100, f"nested more than {MAX_DEPTH} levels deep"),
        ("- a\n" * MAX_VALUES, f"more than {MAX_VALUES} values stand before this"),
        ("a: \ud800", "1:4: this character is not UTF-8"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_read_is_told_with_its_place(text: str | bytes, told: str) -> None:
    assert told in only(text)


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ("carriers: &all [tdm-file]", "anchors (`&name`) are not read here"),
        ("languages: !!python/tuple [nl]", "tags (`!name`) are not read here"),
        ("<<: {languages: [nl]}", "merge keys (`<<`) are not read here"),
    ],
)  # fmt: skip
def test_what_yaml_can_do_and_no_declaration_needs_is_refused(extra: str, told: str) -> None:
    assert told in line(extra)


def test_an_alias_bomb_is_refused_at_its_first_alias() -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert "2:10: aliases (`*name`) are not read here" in faults("\n".join(rows))[-1]


def test_lines_count_as_an_editor_shows_them() -> None:
    assert faults("# a\r\n# b\r# c\nsite: x\n")[-1].startswith("4:7: ")


def test_line_ends_that_no_editor_shows_are_refused() -> None:
    assert faults("# a\u2028sneaky: x\n#\x85y: z\n") == [
        "1:4: the invisible character U+2028 does not belong in a declaration: delete it",
        "2:2: the invisible character U+0085 does not belong in a declaration: delete it",
    ]


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_any_content_is_read_or_told_off(content: str | bytes) -> None:
    with pytest.raises(DeclarationError) as error:
        load(content, "x")
    assert error.value.faults
    assert all(fault.line >= 1 and fault.column >= 1 for fault in error.value.faults)


@given(st.data())
def test_a_spoilt_declaration_is_read_or_told_off(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WHOLE)))
    length = data.draw(st.integers(0, 12))
    junk = data.draw(st.text(alphabet="aé:[]{}-#&*!|>'\"%@,?\t\n \\~<0\u202e", max_size=12))
    with suppress(DeclarationError):
        load(WHOLE[:at] + junk + WHOLE[at + length :], "x")


# ---- the schema ------------------------------------------------------------------------------------------------------
SCHEMA = jsonschema.Draft202012Validator(json_schema())
FORM: dict[str, Any] = yaml.load(WHOLE, Loader=yaml.BaseLoader)  # noqa: S506 - texts only, as editors of YAML 1.2 see them


def loads(form: object) -> bool:
    """Tell whether the form, written as YAML (JSON is YAML), is a declaration."""
    try:
        load(json.dumps(form), "x")
    except DeclarationError:
        return False
    return True


def test_the_schema_is_a_schema_with_titles_everywhere() -> None:
    SCHEMA.check_schema(SCHEMA.schema)
    properties = json_schema()["properties"]
    assert list(properties) == list(KEYS)
    for part in properties.values():
        assert part["title"]
        assert part["description"]
    json.dumps(SCHEMA.schema)


@pytest.mark.parametrize("text", [SMALLEST, WHOLE])
def test_the_schema_accepts_what_load_accepts(text: str) -> None:
    SCHEMA.validate(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - texts only


def places(form: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the way to every value of `form`."""
    parts = form.items() if isinstance(form, dict) else enumerate(form) if isinstance(form, list) else ()
    return [here, *(way for key, value in parts for way in places(value, (*here, key)))]


def changed(form: Any, way: tuple[Any, ...], value: Any) -> Any:
    """Give `form` with another value at `way`; `...` takes it out."""
    copy = deepcopy(form)
    if not way:
        return value
    part = copy
    for key in way[:-1]:
        part = part[key]
    if value is ...:
        del part[way[-1]]
    else:
        part[way[-1]] = value
    return copy


TWICE = [["nl", "nl"], ["tdm", "tdm"], ["ai-txt", "ai-txt"]]
WRONG = ["", "x", {}, ["x"], {"x": "y"}, *TWICE]
JUNK = [*WRONG, "tdm", "nl", "/a/", "https://a.example", "jan@a.example", "2026-01-01", "no", [], ["tdm"]]


@pytest.mark.parametrize("way", places(FORM)[1:], ids=lambda way: ".".join(map(str, way)))
def test_schema_and_load_agree_about_the_shape(way: tuple[Any, ...]) -> None:
    """Every value of a whole declaration taken out, or replaced by anything that another place could hold."""
    # What contradicts what, only load tells: uses change only into what is no list of uses, or go with their exception.
    of_uses = bool({"reserve", "allow"} & {key for key in way if isinstance(key, str)})
    for value in [*([...] if not of_uses or way[0] == "exceptions" else []), *(WRONG if of_uses else JUNK)]:
        form = changed(FORM, way, value)
        assert SCHEMA.is_valid(form) == loads(form), value


@pytest.mark.parametrize(
    "way",
    [(), *(way for way in places(FORM) if way and way[-1] in {"declared-by", "licence", "terms", "agents"})],
)
def test_schema_and_load_refuse_a_key_that_nobody_knows(way: tuple[Any, ...]) -> None:
    form = changed(FORM, (*way, "kleur"), "rood")
    assert not SCHEMA.is_valid(form)
    assert not loads(form)
