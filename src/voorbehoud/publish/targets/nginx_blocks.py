"""Which blocks of an nginx lose our headers: read from what `nginx -T` prints, which is all of its configuration, in order.

An add_header in a block drops all that the block would inherit, so a block with one of its own needs our include as well.
"""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"# configuration file (?P<file>[^\n]+):\n|#[^\n]*|(?P<mark>[{};])|"
    r"(?P<word>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|(?:\\.|\$\{|[^\s{};\\])+)|\n",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block: what opens it (`location /images/`), and where: file and line."""

    name: str
    file: str
    line: int


@dataclass(slots=True)
class _Open:
    block: Block
    inside: bool  # our headers reach this block, if it has none of its own
    own: bool = False
    ours: bool = False
    merges: bool = False
    inner: list["_Open"] = field(default_factory=list)


def blocks_without(dump: str, part: str) -> tuple[Block, ...]:
    """Give the blocks below one that includes the file `part`, which have headers of their own and not ours.

    `dump`: what `nginx -T` prints.  Never raises: what cannot be read is skipped.
    """
    root = _Open(Block("", "", 0), False)
    _read(dump, part, root)
    return tuple(_lost(root, False, False))


def _read(dump: str, part: str, root: _Open) -> None:
    stack, words = [root], list[str]()
    file, line, at = "", 1, 0
    for found in _TOKEN.finditer(dump):
        line += dump.count("\n", at, found.start())
        at = found.start()
        if found["file"]:
            # Files follow one another; each of them is whole, and none is inside another.
            file, line, at = found["file"], 0, at
            stack, words = [root], []
        elif found["word"]:
            words.append(found["word"])
        elif found["mark"] == "{":
            opened = _Open(Block(" ".join(words), file, line), False)
            stack[-1].inner.append(opened)
            stack.append(opened)
            words = []
        elif found["mark"] == "}":
            stack = stack[:-1] or [root]
            words = []
        elif found["mark"] == ";":
            _note(words, part, stack[-1])
            words = []


def _note(words: list[str], part: str, block: _Open) -> None:
    if words[:1] == ["add_header"]:
        block.own = True
    elif words[:1] == ["include"] and len(words) == 2:
        block.ours = block.ours or _reads(words[1].strip("\"'"), part)
    elif words[:1] == ["add_header_inherit"]:
        block.merges = words[1:] == ["merge"]


def _reads(pattern: str, part: str) -> bool:
    wild = "".join("[^/]*" if piece == "*" else re.escape(piece) for piece in re.split(r"(\*)", pattern))
    return re.search(rf"(?:^|/){wild.lstrip('/')}$", part) is not None


def _lost(block: _Open, reached: bool, merging: bool) -> list[Block]:
    merging = merging or block.merges
    lost = reached and block.own and not block.ours and not merging
    here = [block.block] if lost else []
    reached = block.ours or (reached and not lost)
    return here + [found for inner in block.inner for found in _lost(inner, reached, merging)]
