"""What a server has to send, laid out for configurations: the places that differ, and each header's value in each place."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ... import i18n
from ...agents.catalogue import chosen
from ...core.purpose import Purpose
from ...declaration.model import AgentProfile
from ..compose import Composition, Level
from ..quoting import ODD, lighttpd_prefix, prefix

TDM_FILE = "/.well-known/tdmrep.json"
LONGEST_SLUG = 24
"""nginx refuses to start with a variable that does not fit into a bucket of its hash: 64 bytes where nobody set it."""
ADDING = frozenset({"x-robots-tag"})
"""Headers of which a site may send one of its own: ours stands beside it, and never in its place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where another value may hold.  `number`: 1 and up; a higher one wins.  `pattern`: of the path as the client sent it.

    `path` is empty for requests that are spelt oddly, of which the right place cannot be told.
    """

    number: int
    path: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Field:
    """One header.  `value`: what is sent everywhere; None: that differs, and `values` has it by place (0: anywhere else)."""

    name: str
    value: str | None
    values: tuple[str, ...]

    @property
    def adds(self) -> bool:
        return self.name.lower() in ADDING

    def by_value(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield each value that is sent somewhere, and the numbers of the places where it is."""
        for value in dict.fromkeys(filter(None, self.values)):
            yield value, tuple(number for number, said in enumerate(self.values) if said == value)


@dataclass(frozen=True, slots=True)
class Block:
    """Who is refused: `agents` matches a User-Agent.  `files` and `below`: what everybody may ask for all the same."""

    agents: str
    files: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def open(self) -> str:
        """Give the pattern of requests that everybody may make, as a client sends them."""
        return self._open(prefix)

    @property
    def open_decoded(self) -> str:
        """Give the same for lighttpd, which has decoded the path before it looks."""
        return self._open(lighttpd_prefix)

    def _open(self, spelt: Callable[[str], str]) -> str:
        files, below = (
            [spelt(path).removeprefix("^") for path in paths] for paths in (self.files, self.below)
        )
        return "^(?:" + "|".join([f"(?:{'|'.join(files)})(?:index[.]html)?(?:[?]|$)", *below]) + ")"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a configuration.  `name` is where it is put below the folder that the server includes from."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sending:
    """Everything that a configuration is made from.  `places`: short paths before long ones, the oddly spelt last.

    `slug` is the origin as a name for variables, `file` as a name for files.
    """

    origin: str
    lang: str
    fields: tuple[Field, ...]
    places: tuple[Place, ...]
    has_tdm_file: bool
    block: Block | None

    @property
    def slug(self) -> str:
        # With a digest, because mijn-werk.nl and mijn.werk.nl may stand on one server: of two maps for one variable
        # nginx takes the one, without a word.
        readable = re.sub(r"[^a-z0-9]+", "_", self.host.lower())[: LONGEST_SLUG - 9]
        return f"{readable}_{hashlib.sha256(self.origin.encode()).hexdigest()[:8]}"

    @property
    def file(self) -> str:
        return file_name(self.origin)

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    @property
    def mapped(self) -> bool:
        """Tell whether some header differs from place to place."""
        return any(field.value is None for field in self.fields)

    @property
    def steady(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.value is not None)

    @property
    def varying(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.value is None)

    def say(self, key: str, **values: object) -> str:
        """Give the text `server.KEY` in the language of the configuration."""
        return i18n.say(f"server.{key}", self.lang, **values)

    def made(self) -> str:
        """Give the first line: what made this, from what."""
        return self.say("made", origin=self.origin)


def file_name(origin: str) -> str:
    """Give an origin as a name for files and folders: never empty, and never one that leads out of a folder."""
    named = re.sub(r"[^A-Za-z0-9.-]+", "_", origin.rpartition("://")[2])
    return named if named.strip(".") else f"_{named}"


def sending(ours: Composition, lang: str, block: Block | None = None) -> Sending:
    """Lay `ours` out for a server."""
    levels = sorted((level for level in ours.levels if level.path != "/"), key=lambda level: len(level.path))
    default = ours.level("/")
    places = [Place(number, level.path, prefix(level.path)) for number, level in enumerate(levels, 1)]
    if places:
        places.append(Place(len(places) + 1, "", ODD))
        levels.append(ours.guarded)
    fields = tuple(_field(name, [default, *levels]) for name in ours.header_names)
    if all(field.value is not None for field in fields):
        places = []
    return Sending(
        origin=ours.origin,
        lang=lang,
        fields=fields,
        places=tuple(places),
        has_tdm_file=any(file.path == TDM_FILE for file in ours.files),
        block=block,
    )


def _field(name: str, levels: list[Level]) -> Field:
    values = tuple(next((h.value for h in level.headers if h.name == name), "") for level in levels)
    return Field(name, values[0] if len(set(values)) == 1 else None, values)


# ---- refusing agents -----------------------------------------------------------------------------------------------------
_BEFORE = r"(?:^|[^A-Za-z0-9_./@=?&% -]|(?:^|[^e]|(?:^|[^k])e|(?:^|[^i])ke|(?:^|[^l])ike) )"
_AFTER = r"(?:$|[^A-Za-z0-9_.@-]|[.](?:$|[^a-z]))"
"""`agents.identify` in an expression without look-around, which RE2 does not have: a whole word, not after `like `, no address."""


def block(ours: Composition, profile: AgentProfile) -> Block:
    """Give whom to refuse: the agents of `profile` that make requests, by name, and never the files that tell them why.

    Where the declaration allows training, nobody is refused.
    """
    names = {
        name for agent in chosen(profile) if agent.purpose is not Purpose.CONTROL for name in agent.patterns
    }
    # Longer names first; one that ends on punctuation (`amazon-kendra-customer-id-`) goes on as it likes.
    words = [_name(name) for name in sorted(names, reverse=True) if name[-1].isalnum()]
    stems = [_name(name) for name in sorted(names, reverse=True) if not name[-1].isalnum()]
    ended = [f"(?:{'|'.join(words)}){_AFTER}"] if words else []
    agents = f"(?i){_BEFORE}(?:{'|'.join([*ended, *stems]) or '[^ -~]'})"
    paths = ["/robots.txt", *(file.path.removesuffix("index.html") for file in ours.files)]
    return Block(agents, tuple(dict.fromkeys(paths)), ours.open)


def _name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_/:-]", lambda found: f"[{found[0]}]", name.lower())
