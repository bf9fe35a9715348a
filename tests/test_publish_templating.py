"""Code of templates in a page: what it opens, and that no amount of it keeps `publish` busy."""

import re
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voorbehoud.core.artifact import Markup
from voorbehoud.publish.message import LeftAloneError
from voorbehoud.publish.splice import splice
from voorbehoud.publish.templating import UNCLOSED, _php, depth_change, without_unclosed

PAIRS = {b"{{": b"}}", b"{%": b"%}", b"{#": b"#}", b"<%": b"%>", b"<?": b"?>"}
CODE = st.lists(
    st.sampled_from(["{", "}", "%", "#", "<", ">", "?", "{{", "}}", "{%", "%}", "x", " "]), max_size=20
).map(lambda pieces: "".join(pieces).encode())


@pytest.mark.parametrize(
    ("code", "behind", "change"),
    [
        (b"{% if a %}", b"{% endif %}", 1),
        (b"{% if a %}", b"{% endiff %}{% endfor %}", 0),
        (b"{%- set a -%}", b"{%- endset %}", 1),
        (b"{% endif %}", b"", -1),
        (b"{% include 'endif' %}", b"{% endif %}", 0),
        (b"{{#if a}}", b"", 1),
        (b"{{/if}}", b"", -1),
        (b"{{ a }}", b"", 0),
        (b"<?php if ($a): ?>", b"", 1),
        (b"<?php if ($a): echo 1; ?>", b"", 0),
        (b"<?php $b ? c : ?>", b"", 0),
        (b"<?php if ($a) ?>", b"", 0),
        (b"<?php endif; ?>", b"", -1),
        (b"<?php if ($a) { ?>", b"", 1),
        (b"<?php echo '{'; /* { */ // {\n ?>", b"", 0),
        (b'<?php echo "\\"{"; } ?>', b"", -1),
        (b"<?php don't { ?>", b"", 1),
        (b"<% if a do |x| %>", b"", 1),
        (b"<% end %>", b"", -1),
    ],
)
def test_what_code_opens_and_closes(code: bytes, behind: bytes, change: int) -> None:
    page = b"<p>{% endset2 %}" + code + behind
    assert depth_change(code, page, len(page) - len(behind)) == change


def test_an_end_tag_before_the_block_closes_nothing() -> None:
    page = b"{% endif %}{% if a %}"
    assert depth_change(b"{% if a %}", page, len(page)) == 0


@given(CODE)
@example(b"{{%%}")
@example(b"}}{{{")
@example(b"{%}")
@example(b"{{#if a}}")
def test_only_what_nothing_closes_is_taken_out(page: bytes) -> None:
    expected = bytearray(page)
    for opening, closing in PAIRS.items():
        for place in range(len(page) - 1):
            # The second brace of a `{{` that is closed is its own.
            second = opening in {b"{%", b"{#"} and expected[place - 1 : place] == b"{"
            unclosed = page[place : place + 2] == opening and page.find(closing, place + 2) < 0
            if unclosed and not second:
                expected[place] = UNCLOSED[opening[:1]]
    assert without_unclosed(page) == bytes(expected)


TEXT = re.compile(rb"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|/\*.*?\*/|(?://|#)[^\r\n]*", re.DOTALL)


@given(st.text("'\"\\/*#\na{", max_size=20).map(str.encode))
def test_strings_and_comments_of_php_are_those_of_the_textbook(code: bytes) -> None:
    assert _php(code) == TEXT.sub(b" ", code)


HEAD = b"<html><head><meta charset=utf-8><title>x</title>"
SIZE = 1_000_000


@pytest.mark.parametrize(
    "hostile",
    [
        b"{% word %}" * (SIZE // 10),
        b"".join(b"{%% w%d %%}" % n for n in range(SIZE // 12)),
        b'<meta a="' + b"{{" * (SIZE // 2),
        b'<meta a="}}' + b"{{" * (SIZE // 2) + b'">',
        b"<meta " + b"{%" * (SIZE // 2) + b">",
        b"<meta " + b"<? " * (SIZE // 3) + b">",
        b"<meta " + b"<% " * (SIZE // 3) + b">",
        b"<?php " + b"'\\" * (SIZE // 2) + b"?>",
        b"<?php " + b"/* " * (SIZE // 3) + b"?>",
        b"<?php " + b"if(" * (SIZE // 3) + b"?>",
    ],
    ids=lambda page: repr(page[:14]),
)
@pytest.mark.timeout(60)  # no measurement (benchmarks/ has those): what is not linear would take hours
def test_a_megabyte_of_code_comes_to_an_end(hostile: bytes) -> None:
    page = HEAD + hostile + b"</head>"
    with suppress(LeftAloneError):
        assert splice(page, (Markup("tdm-reservation", "1"),)) != page
