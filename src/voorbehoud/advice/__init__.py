"""What a maker can do on a platform: one Markdown page for each platform and language, data next to the report.

Every page has the same headings in the same order; the first section is the answer in a few lines, the last one names the
sources.  What no source confirms says so, with the date (tests/test_advice.py).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markdown_it import MarkdownIt
from markdown_it.token import Token

LANGUAGES = ("nl", "en")

OTHER = "other"
"""The page for a server of one's own, and for every platform that has no page."""

STEPS = 1
"""Which of the sections after the first has the steps; all pages have the same ones."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A page of advice.  `title` names the platform; `short` is its first section, `rest` all others, both as Markdown."""

    platform: str
    title: str
    short: str
    rest: str

    @property
    def steps(self) -> str:
        """The section that says what to do, step by step, without its heading."""
        section = self.rest.split("\n## ")[STEPS]
        return section.partition("\n")[2].strip()

    @property
    def markdown(self) -> str:
        """The whole page as it is written, for a terminal."""
        return f"# {self.title}\n\n{self.short}\n\n{self.rest}\n"


@cache
def names() -> tuple[str, ...]:
    """Give the platforms that have a page, sorted; `other` is one of them."""
    folder = files(__name__) / LANGUAGES[0]
    return tuple(
        sorted(page.name.removesuffix(".md") for page in folder.iterdir() if page.name.endswith(".md"))
    )


@cache
def advice(platform: str, lang: str) -> Advice:
    """Give the page for `platform` in `lang` (`nl` or `en`); the page `other` where it has none."""
    name = platform if platform in names() else OTHER
    text = (files(__name__) / lang / f"{name}.md").read_text(encoding="utf-8")
    title, _, body = text.partition("\n")
    short, mark, rest = body.strip().partition("\n## ")
    return Advice(name, title.removeprefix("# "), short.strip(), (mark.lstrip("\n") + rest).strip())


def title(platform: str, lang: str) -> str:
    """Give the name of a platform as its page has it, `WordPress`; the word for it that the store has where it has no page."""
    return advice(platform, lang).title if platform in names() and platform != OTHER else platform


def html(markdown: str, level: int = 4) -> str:
    """Give Markdown as HTML, its `##` headings as `<h{level}>`.

    HTML in it is shown as text and only http, https and mailto links become links, so that no page can bring in more.
    """
    parser = MarkdownIt("commonmark", {"html": False})
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) - 2 + level, 6)}"
        for child in token.children or ():
            _guard(child)
    rendered: str = parser.renderer.render(tokens, parser.options, {})
    return rendered


def _guard(token: Token) -> None:
    if token.type == "link_open":
        token.attrSet("rel", "noopener noreferrer")
