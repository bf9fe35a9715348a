"""Which blocks of an nginx lose our headers: read from what `nginx -T` prints, which is all of its configuration, in order.

An add_header in a block drops all that the block would inherit, so a block with one of its own needs our include as well.
"""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

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
    """A block as it is written: what stands in it, in order; a directive is its words."""

    block: Block
    items: list["list[str] | _Open"] = field(default_factory=list)


Files = dict[str, _Open]
"""What each file of the configuration holds, as if it were a block; the first is the main one."""


@dataclass(slots=True)
class _Read:
    """A block with all that its includes bring in."""

    own: bool = False
    ours: bool = False
    merges: bool = False
    inner: list[_Open] = field(default_factory=list)


def blocks_without(dump: str, part: str) -> tuple[Block, ...]:
    """Give the blocks below one that includes the file `part`, which have headers of their own and not ours.

    `dump`: what `nginx -T` prints.  Never raises: what cannot be read is skipped.
    """
    files = _written(dump)
    main = next(iter(files.values()), None)
    lost = _lost(main, files, part, reached=False, merging=False) if main is not None else ()
    return tuple(dict.fromkeys(lost))


def _written(dump: str) -> Files:
    files: Files = {}
    stack, words = list[_Open](), list[str]()
    file, line, at = "", 1, 0
    for found in _TOKEN.finditer(dump):
        line += dump.count("\n", at, found.start())
        at = found.start()
        if found["file"]:  # files follow one another, each of them whole
            file, line, words = found["file"], 0, []
            files[file] = _Open(Block("", file, 1))
            stack = [files[file]]
        elif found["word"]:
            words.append(found["word"])
        elif found["mark"] == "{" and stack:
            opened = _Open(Block(" ".join(words), file, line))
            stack[-1].items.append(opened)
            stack.append(opened)
            words = []
        elif found["mark"] == "}":
            stack, words = stack[:-1] or stack, []
        elif found["mark"] == ";" and stack:
            stack[-1].items.append(words)
            words = []
    return files


def _read(block: _Open, files: Files, part: str, into: _Read, through: tuple[str, ...] = ()) -> _Read:
    """Put into `into` what stands in `block`, also by way of the files that it includes; `through` are those on the way."""
    for item in block.items:
        if isinstance(item, _Open):
            into.inner.append(item)
        elif item[:1] == ["add_header"]:
            into.own = True
        elif item[:1] == ["add_header_inherit"]:
            into.merges = item[1:] == ["merge"]
        elif item[:1] == ["include"] and len(item) == 2:
            wanted = item[1].strip("\"'").lstrip("/.") or "/"
            if PurePosixPath(part).match(wanted):
                into.ours = True
                continue
            for name in files:
                if name not in through and PurePosixPath(name).match(wanted):
                    _read(files[name], files, part, into, (*through, name))
    return into


def _lost(block: _Open, files: Files, part: str, *, reached: bool, merging: bool) -> list[Block]:
    read = _read(block, files, part, _Read())
    merging = merging or read.merges
    lost = reached and read.own and not read.ours and not merging
    reached = read.ours or (reached and not lost)
    inner = (_lost(one, files, part, reached=reached, merging=merging) for one in read.inner)
    return [*([block.block] if lost else []), *(found for blocks in inner for found in blocks)]
