"""What publishing tells has a text in both languages, with the blanks that it is given; and nothing is told that has no text."""

import ast
from pathlib import Path
from string import Formatter

import pytest

import voorbehoud.publish
from voorbehoud import i18n
from voorbehoud.core.preference import Preference
from voorbehoud.core.use import Use
from voorbehoud.publish import Message, Note

ROOM = Path(voorbehoud.publish.__file__).parent
TEXTS = {
    key.removeprefix("publish-note."): text
    for key, text in i18n._interface().items()
    if key.startswith("publish-note.")
}


def made() -> list[tuple[str, set[str], bool]]:
    """Give each key with which a message is made: the blanks that it is given, and whether more come from elsewhere."""
    found = []
    for path in sorted(ROOM.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        keys = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Message.of":
                continue
            first = node.args[0]
            said = keys[first.id] if isinstance(first, ast.Name) else first
            blanks = {word.arg for word in node.keywords if word.arg is not None}
            more = any(word.arg is None for word in node.keywords)
            found += [(key, blanks, more) for key in strings(said)]
    return found


def strings(node: ast.expr) -> list[str]:
    """Give the texts that an expression can amount to: a literal, or one of two."""
    if isinstance(node, ast.IfExp):
        return strings(node.body) + strings(node.orelse)
    assert isinstance(node, ast.Constant), ast.unparse(node)
    return [str(node.value)]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_message_has_texts_and_every_text_is_used() -> None:
    assert {key for key, _, _ in made()} == TEXTS.keys()


@pytest.mark.parametrize(("key", "given", "more"), made())
def test_a_message_fills_exactly_the_blanks_of_its_texts(key: str, given: set[str], more: bool) -> None:
    wanted = blanks(TEXTS[key]["nl"])
    assert given <= wanted if more else given == wanted


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_the_texts_follow_a_place_and_end_open(key: str) -> None:
    for text in TEXTS[key].values():
        assert not text.endswith(".")
        assert text.count("`") % 2 == 0
    assert TEXTS[key]["nl"] != TEXTS[key]["en"]


def test_our_own_words_are_told_in_the_readers_language_and_theirs_as_they_are() -> None:
    message = Message.of("robots-misread", signal="content-usage", use=Use.TRAIN_AI, url="https://a.example/{use}",
                         says=Preference.ALLOWED, wanted=Preference.DISALLOWED)  # fmt: skip
    assert message.told("nl") == (
        "samen met je eigen regels zegt dit bestand op https://a.example/{use} over AI trainen: toegestaan. "
        "Je verklaring zegt: voorbehouden. De botsing zit in: Content-Usage in robots.txt"
    )
    several = Message.of("headers-only", uses=(Use.TDM, Use.TRAIN_AI), origin="https://a.example")
    assert "(tekst- en datamining, AI trainen)" in several.told("nl")
    assert "(text and data mining, AI training)" in str(several)


def test_values_are_shown_as_the_caller_wants_them() -> None:
    message = Message.of("robots-kept-shut", line="Disallow: /x", path="/x")
    assert "“DISALLOW: /X”" in message.told("nl", str.upper)


def test_a_note_says_where() -> None:
    note = Note(Path("site/index.html"), Message.of("page-too-large"))
    assert str(note) == "site/index.html: is larger than 20 MB, so it is left alone"
    assert Note(note.path, note.message, 3).place == "site/index.html:3"
    assert hash(note) == hash(Note(note.path, Message.of("page-too-large")))
