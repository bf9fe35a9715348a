"""Groups of a robots.txt, and the question that they answer: may this agent fetch that URL?

Spec: RFC 9309, sections 2.2.1 (choosing and combining groups) and 2.2.2 (the rule that decides).
One pass over the lines files each group under its tokens.  Everything else is made when somebody asks for it: most of a long
file never decides anything.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from typing import Any, TypeVar

from .lines import LIMIT, Record, lines, said, uncommented
from .pattern import head_of, match_length, path_of

EVERYONE = "*"
INDEXED_FROM = 32  # rules; with fewer, looking at each is faster than building an index
INDEXED_AFTER = 2  # URLs; a file that is asked about one or two never earns its index back
REMEMBERED = 4096  # answers that one combined group keeps

_TOKEN = re.compile(r"[A-Za-z_-]+")

T = TypeVar("T")
RawRule = tuple[int, bool, bytes]  # line, Allow?, pattern as written
RawRecord = tuple[int, bytes, bytes]  # line, name, value
RawGroup = tuple[
    list[tuple[int, str]], list[RawRule], list[RawRecord]
]  # (line, value) of the User-agent lines, rules, the rest


@dataclass(frozen=True, slots=True)
class Rule:
    """An Allow or Disallow line.  `path` as written, comment and blanks off."""

    allow: bool
    path: str
    line: int = field(default=0, compare=False)

    @property
    def verb(self) -> str:
        return "Allow" if self.allow else "Disallow"

    def __str__(self) -> str:
        return f"{self.verb}: {self.path}"


@dataclass(frozen=True, slots=True)
class Group:
    """One group as it stands in the file.

    `tokens`: the values of its User-agent lines, as written.  `records`: everything in it that is neither User-agent, Allow nor
    Disallow.  `joins`: see `_joined`.  Two groups are equal when they tell the same agents the same rules in the same order.
    """

    tokens: tuple[str, ...]
    rules: tuple[Rule, ...]
    line: int = field(default=0, compare=False)
    records: tuple[Record, ...] = field(default=(), compare=False)
    joins: tuple[int, str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Access:
    """The answer for one agent and one URL."""

    allowed: bool
    _groups: tuple[RawGroup, ...] | None = None
    _deciding: RawRule | None = None

    @property
    def group(self) -> tuple[str, ...] | None:
        """The values of all User-agent lines of the groups that hold for the agent; None: no group does."""
        return None if self._groups is None else tuple(value for raw in self._groups for _, value in raw[0])

    @property
    def rule(self) -> str | None:
        """The deciding rule, its path as written; None where no rule matches, which means allowed."""
        return None if self._deciding is None else str(_rule(self._deciding))

    @property
    def line(self) -> int | None:
        """Where the deciding rule stands; lines count from 1."""
        return None if self._deciding is None else self._deciding[0]

    def __repr__(self) -> str:
        return f"Access(allowed={self.allowed}, group={self.group}, rule={self.rule!r}, line={self.line})"


FREE = Access(True)


@dataclass(frozen=True, slots=True, eq=False)
class CombinedGroup:
    """All groups that hold for the same agents, taken as one.

    Source: RFC 9309, section 2.2.1: groups for the same token are combined; a named group is never combined with `*`.
    """

    _groups: tuple[RawGroup, ...]
    _parts: tuple["CombinedGroup", ...] = ()
    """Where there are several: what each says alone.  Many combinations may share a long group, which is asked once."""
    _answers: dict[str, Access] = field(init=False, default_factory=dict)
    _index: dict[bytes, list[RawRule]] = field(init=False, default_factory=dict)
    _lengths: list[int] = field(init=False, default_factory=list)  # of the keys of the index, each once
    _told: list[tuple[Group, ...]] = field(init=False, default_factory=list)  # what `groups` gave

    @property
    def groups(self) -> tuple[Group, ...]:
        if not self._told:
            alone = (part.groups[0] for part in self._parts)
            self._told.append(tuple(alone) if self._parts else (_group(self._groups[0]),))
        return self._told[0]

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple([rule for group in self.groups for rule in group.rules])

    def records(self, *names: str) -> tuple[Record, ...]:
        """Give the records of these names (lower case) in all groups, in the order of the file."""
        return tuple(_records(self._groups, names))

    def access(self, url: str) -> Access:
        """Say whether `url` (absolute, or a path) may be fetched.

        The matching rule with the most octets decides; at equal length Allow does.  `/robots.txt` itself is always allowed.
        """
        answer = self._answers.get(url)
        if answer is None:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            answer = self._answers[url] = self._decide(url, path_of(url))
        return answer

    def _decide(self, url: str, path: bytes) -> Access:
        longest, allowed, deciding = 0, True, None
        if path != b"/robots.txt":
            for rule in self._of_parts(url) if self._parts else self._candidates(path):
                length = match_length(rule[2], path)
                if length > longest or (length == longest > 0 and rule[1] and not allowed):
                    longest, allowed, deciding = length, rule[1], rule
        return Access(allowed, self._groups, deciding)

    def _of_parts(self, url: str) -> Iterable[RawRule]:
        found = (part.access(url)._deciding for part in self._parts)
        return (rule for rule in found if rule is not None)

    def _candidates(self, path: bytes) -> Iterable[RawRule]:
        """Give every rule that matches `path`, and perhaps some that do not.

        A long list that is asked again is filed under the part of each pattern in which every octet stands for itself, so that
        only what is filed under a beginning of `path` needs to be looked at.
        """
        if not self._index:
            ((_, rules, _),) = self._groups
            if len(rules) < INDEXED_FROM or len(self._answers) < INDEXED_AFTER:
                return rules
            for rule in rules:
                self._index.setdefault(head_of(rule[2]), []).append(rule)
            self._lengths.extend({len(head) for head in self._index})
        heads = (path[:length] for length in self._lengths if length <= len(path))
        return (rule for head in heads for rule in self._index.get(head, ()))


@dataclass(frozen=True, slots=True, eq=False)
class RobotsTxt:
    """A robots.txt, read.  Two are equal when their groups are.

    `strays`: records before the first group.  `cut`: the file is longer than the 500 KiB that are read.
    """

    strays: tuple[Record, ...]
    cut: bool
    _groups: list[RawGroup]
    _filed: dict[str, tuple[int, ...]]  # token in lower case: which groups
    _combined: dict[tuple[int, ...], CombinedGroup] = field(init=False, repr=False, default_factory=dict)
    _known: dict[object, Any] = field(init=False, repr=False, default_factory=dict)  # see `once`

    @classmethod
    def parse(cls, body: bytes) -> "RobotsTxt":
        """Read a robots.txt as fetched.  Never raises: what cannot be read says nothing; linear in the length of `body`."""
        groups: list[RawGroup] = []
        filed: dict[str, tuple[int, ...]] = {}
        agents: list[tuple[int, str]] = []
        rules: list[RawRule] = []
        others: list[RawRecord] = []
        repeated: dict[str, list[int]] = {}  # lists: a tuple that grows is copied each time
        strays = rules, others
        place = (-1,)
        fields: dict[bytes, int] = {}
        # Nearer than names of the module, and the loop is hot.
        kind_of, agent_of, file_under, allow = fields.get, _agent, filed.setdefault, _ALLOW
        for number, (name, colon, value) in enumerate(map(bytes.partition, lines(body), repeat(b":")), 1):
            kind = kind_of(name)
            if kind is None:
                kind = fields[name] = _kind(name)
            if not colon:
                continue
            if not kind:  # _AGENT
                if rules or not agents:  # only a rule ends a group: RFC 9309, sections 2.1 and 2.2.4
                    agents, rules, others = [], [], []
                    groups.append((agents, rules, others))
                    place = (len(groups) - 1,)
                token, keys = agent_of(value)
                agents.append((number, token))
                for key in keys:
                    if file_under(key, place) is not place:
                        repeated.setdefault(key, list(filed[key])).append(place[0])
            elif kind <= allow:
                if b"#" in value:
                    value = uncommented(value)
                rules.append((number, kind == allow, value.strip()))
            elif kind == _OTHER:
                others.append((number, name, uncommented(value)))
        filed.update((key, tuple(dict.fromkeys(places))) for key, places in repeated.items())
        early = [Record(n, "allow" if allow else "disallow", said(path)) for n, allow, path in strays[0]]
        early += map(_record, strays[1])
        return cls(tuple(sorted(early, key=_by_line)), len(body) > LIMIT, groups, filed)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups in the order of the file."""
        places = range(len(self._groups))
        return self.once("groups", lambda: tuple([self._combine((place,)).groups[0] for place in places]))

    def access(self, agent: str, url: str) -> Access:
        """Say whether `agent` may fetch `url`.

        `agent`: a product token, compared whole and without case; `*` asks for whoever has no group of its own.
        `url`: absolute, or a path with query.
        Source: RFC 9309, sections 2.2.1 and 2.2.2.
        """
        # Asked for each of a few hundred agents: the usual answer, known already, is found without a further call.
        filed = self._filed
        places = filed.get(agent.lower()) or filed.get(EVERYONE)
        if places is None:
            return FREE
        combined = self._combined.get(places) or self._combine(places)
        return combined._answers.get(url) or combined.access(url)

    def governing(self, agent: str) -> CombinedGroup | None:
        """Give what holds for `agent`: the groups that name it, else those for `*`, else None."""
        places = self._filed.get(agent.lower()) or self._filed.get(EVERYONE)
        return None if places is None else self._combine(places)

    def names(self, agent: str) -> bool:
        """Say whether a group names `agent`, so that `*` says nothing to it."""
        return agent.lower() in self._filed

    @property
    def everyone(self) -> CombinedGroup | None:
        """What holds for whoever is not named; None where no group is for `*`."""
        return self.governing(EVERYONE)

    @property
    def named(self) -> tuple[tuple[str, CombinedGroup], ...]:
        """Every token but `*`, as the file spells it, with what holds for it; in the order of the file."""
        return self.once("named", self._all_named)

    def _all_named(self) -> tuple[tuple[str, CombinedGroup], ...]:
        spelt: dict[str, str] = {}
        for agents, _, _ in self._groups:
            for _, token in agents:
                key = next(iter(_keys(token)), EVERYONE)
                if key != EVERYONE:
                    spelt.setdefault(key, token)
        return tuple((token, self._combine(self._filed[key])) for key, token in spelt.items())

    def let_in(self, url: str) -> tuple[str, ...]:
        """Give the tokens of `named` whose groups let their agents fetch `url`.

        Groups with the same rules are asked once; where the answers are those of another URL, so is the tuple.
        """
        return self.once(("let in", self.matching(url)), lambda: self._let_in(url))

    def _let_in(self, url: str) -> tuple[str, ...]:
        alike, class_of = self.once("alike", self._alike)
        open_to = tuple([group.access(url).allowed for group in alike])
        if all(open_to):
            return self.once("tokens", lambda: tuple([token for token, _ in self.named]))
        return self.once(open_to, lambda: tuple([token for token, which in class_of if open_to[which]]))

    def matching(self, url: str) -> tuple[bytes, ...] | None:
        """Give the patterns of all groups that match `url`; None for `/robots.txt` itself, which is always allowed.

        Two addresses with the same ones get the same answer from each group.
        """
        path = path_of(url)
        if path == b"/robots.txt":
            return None
        index, lengths = self.once("patterns", self._patterns)
        heads = [path[:length] for length in lengths if length <= len(path)]
        return tuple([one for head in heads for one in index.get(head, ()) if match_length(one, path) >= 0])

    def _patterns(self) -> tuple[dict[bytes, list[bytes]], list[int]]:
        """Give every pattern, filed under its part in which every octet stands for itself, and the lengths of these."""
        index: dict[bytes, list[bytes]] = {}
        for pattern in dict.fromkeys(path for _, rules, _ in self._groups for _, _, path in rules):
            index.setdefault(head_of(pattern), []).append(pattern)
        return index, sorted({len(head) for head in index})

    def _alike(self) -> tuple[list[CombinedGroup], list[tuple[str, int]]]:
        """Give one of all groups with the same rules, and for each token of `named` which one that is."""
        spelt: dict[tuple[tuple[bool, bytes], ...], int] = {}  # rules, and a number for them
        numbers: dict[CombinedGroup, int] = {}
        classes: dict[tuple[int, ...], int] = {}
        alike: list[CombinedGroup] = []
        of_group: dict[CombinedGroup, int] = {}
        for group in dict.fromkeys(group for _, group in self.named):
            parts = group._parts or (group,)
            for part in parts:
                if part not in numbers:
                    rules = tuple([(allow, path) for _, allow, path in part._groups[0][1]])
                    numbers[part] = spelt.setdefault(rules, len(spelt))
            which = classes.setdefault(tuple([numbers[part] for part in parts]), len(alike))
            if which == len(alike):
                alike.append(group)
            of_group[group] = which
        return alike, [(token, of_group[group]) for token, group in self.named]

    def speaking(self, *names: str) -> tuple[tuple[tuple[str, CombinedGroup], ...], CombinedGroup | None]:
        """Give those of `named` whose groups have records of these names (lower case), and one of the others, if any."""
        return self.once(names, lambda: self._speaking(names))

    def _speaking(
        self, names: tuple[str, ...]
    ) -> tuple[tuple[tuple[str, CombinedGroup], ...], CombinedGroup | None]:
        with_records = {id(raw) for raw in self._groups if any(True for _ in _records((raw,), names))}
        told = [
            (any(id(raw) in with_records for raw in group._groups), token, group)
            for token, group in self.named
        ]
        quiet = next((group for speaks, _, group in told if not speaks), None)
        return tuple((token, group) for speaks, token, group in told if speaks), quiet

    def once(self, what: object, find: Callable[[], T]) -> T:
        """Give `find()`, found once and kept under `what`: many addresses ask the same of one file."""
        if what not in self._known:
            self._known[what] = find()
        found: T = self._known[what]
        return found

    def records(self, *names: str) -> tuple[Record, ...]:
        """Give the records of these names (lower case), in groups and before them, in the order of the file."""
        early = tuple(record for record in self.strays if record.name in names)
        return early + tuple(_records(self._groups, names))

    def _combine(self, places: tuple[int, ...]) -> CombinedGroup:
        found = self._combined.get(places)
        if found is None:
            groups = tuple([self._groups[place] for place in places])
            parts = tuple([self._combine((place,)) for place in places]) if len(places) > 1 else ()
            found = self._combined[places] = CombinedGroup(groups, parts)
        return found

    def __eq__(self, other: object) -> bool:
        return self.groups == other.groups if isinstance(other, RobotsTxt) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.groups)


_AGENT, _DISALLOW, _ALLOW, _OTHER, _NOTHING = range(5)
_KINDS = {b"disallow": _DISALLOW, b"allow": _ALLOW, b"user-agent": _AGENT}


def _kind(name: bytes) -> int:
    """Say what a line is by what stands before its first colon; nothing where that is in a comment."""
    return _NOTHING if b"#" in name else _KINDS.get(name.strip().lower(), _OTHER)


@lru_cache(maxsize=4)
def read(body: bytes) -> RobotsTxt:
    """Give `RobotsTxt.parse(body)`, remembered for the last few bodies: several signals read the same file one after another."""
    return RobotsTxt.parse(body)


@lru_cache(maxsize=4096)
def _keys(value: str) -> tuple[str, ...]:
    """Give the product tokens (lower case) that the value of a User-agent line stands for.

    The value itself, and what Google's parser makes of one that is no product token: `Foo/1.2` is also `Foo`,
    `GPTBot, ClaudeBot` also `GPTBot` (not ClaudeBot), `* and all` is `*`.
    Source: RFC 9309, section 2.2.1; robots.cc, ExtractUserAgent and HandleUserAgent.
    """
    whole = value.lower()
    token = _TOKEN.match(whole)
    if token and token.end() == len(whole):
        return (whole,)
    if whole[:1] == EVERYONE and (len(whole) == 1 or whole[1].isspace()):
        return (EVERYONE,)
    return (whole, token[0]) if token else (whole,) if whole else ()


@lru_cache(maxsize=4096)
def _agent(value: bytes) -> tuple[str, tuple[str, ...]]:
    token = said(uncommented(value))
    return token, _keys(token)


def _group(raw: RawGroup) -> Group:
    agents, rules, _ = raw
    return Group(
        tokens=tuple(value for _, value in agents),
        rules=tuple(map(_rule, rules)),
        line=agents[0][0],
        records=tuple(_records((raw,))),
        joins=_joined(raw),
    )


def _joined(raw: RawGroup) -> tuple[int, str] | None:
    """Give line and value of the first User-agent line that follows a record of another kind in the same group; else None.

    Such a record does not end a group (RFC 9309, section 2.2.4).  It does for Protego, and a Content-Usage line does for a
    reader of draft-ietf-aipref-attach: to them that agent starts a group of its own.
    """
    agents, _, others = raw
    return next((agent for agent in agents if agent[0] > others[0][0]), None) if others else None


def _rule(raw: RawRule) -> Rule:
    line, allow, pattern = raw
    return Rule(allow, said(pattern), line)


def _record(raw: RawRecord) -> Record:
    line, name, value = raw
    return Record(line, _name(name), said(value))


def _records(groups: Iterable[RawGroup], names: tuple[str, ...] = ()) -> Iterator[Record]:
    found = (raw for _, _, others in groups for raw in others)
    return (_record(raw) for raw in found if not names or _name(raw[1]) in names)


@lru_cache(maxsize=1024)
def _name(octets: bytes) -> str:
    return said(octets).lower()


def _by_line(record: Record) -> int:
    return record.line
