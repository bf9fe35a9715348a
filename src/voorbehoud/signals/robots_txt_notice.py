"""What there is to notice in a robots.txt: from the file and its groups to findings.

A file may repeat one mistake ten thousand times: of each rule only the first few findings are given.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ..agents.catalogue import catalogue, policy_tokens
from ..core.evidence import Capture, Origin
from ..core.finding import Finding
from ..core.purpose import DEFAULT_PURPOSES
from ..grammar.robots import CombinedGroup, Group, RobotsTxt, Rule, colonless, lines, normal
from ..grammar.robots.lines import BYTE_ORDER_MARK, uncommented
from .robots_txt_managed import changes, managed, only_explains
from .robots_txt_rules import (
    RBT102,
    RBT103,
    RBT104,
    RBT105,
    RBT106,
    RBT107,
    RBT201,
    RBT202,
    RBT203,
    RBT204,
    RBT205,
    RBT206,
    RBT207,
    RBT208,
    RBT301,
    RBT302,
    RBT303,
    RBT304,
    RBT305,
    RBT306,
    RBT307,
    RBT310,
    RBT311,
    RBT312,
    RBT313,
    RBT314,
    RBT315,
    RBT316,
    RBT901,
)  # fmt: skip

OF_EACH = 5  # findings of one rule
COMBINATIONS = 50  # of groups, that are looked into: each may hold all the rules of the file
LONGEST_LINE = 16 * 1024
DAY = 24 * 3600
_MAX_AGE = re.compile(r"(?<![a-z-])max-age=\"?(\d{1,12})")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PRODUCT_TOKEN = re.compile(r"[A-Za-z_-]+|\*")


def notice(capture: Capture, file: RobotsTxt) -> tuple[Finding, ...]:
    """Give everything there is to say about the crawl rules that `capture` holds."""
    found = (_served(capture, file), _written(capture, file), _meant(capture, file))
    count: dict[str, int] = {}
    kept = []
    for finding in (finding for part in found for finding in part):
        count[finding.code] = count.get(finding.code, 0) + 1
        if count[finding.code] <= OF_EACH:
            kept.append(finding)
    return tuple(kept)


# ---- how it is served ------------------------------------------------------------------------------------------------
def _served(capture: Capture, file: RobotsTxt) -> Iterator[Finding]:
    here = Origin(capture.url)
    if capture.media_type not in {"", "text/plain"}:
        yield RBT102.at(here, media_type=capture.media_type)
    if (kept := _kept(capture)) > DAY:
        yield RBT107.at(Origin(capture.url, "header Cache-Control"), hours=kept // 3600)
    if file.cut or capture.truncated:
        yield RBT103.at(here)
    if capture.body.startswith(BYTE_ORDER_MARK[:2]):
        yield RBT104.at(here)
    if capture.body.startswith(UTF_16):
        yield RBT106.at(here)
        return
    for number, line in enumerate(lines(capture.body), 1):
        if len(line) > LONGEST_LINE:
            yield RBT105.at(Origin(capture.url, f"line {number}"))
        if not line.isascii() or b"\0" in line:  # a comment may be in any encoding without harm
            text = uncommented(line)
            if b"\0" in text or not _is_utf8(text):
                yield RBT106.at(Origin(capture.url, f"line {number}"))


def _kept(capture: Capture) -> int:
    """Give for how many seconds a cache may keep the answer as the header says; 0 where it does not."""
    said = ", ".join(capture.field("cache-control")).lower()
    match = None if "no-store" in said or "no-cache" in said else _MAX_AGE.search(said)
    return int(match[1]) if match else 0


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


# ---- how it is written -----------------------------------------------------------------------------------------------
def _written(capture: Capture, file: RobotsTxt) -> Iterator[Finding]:
    def at(line: int) -> Origin:
        return Origin(capture.url, f"line {line}")

    for record in colonless(capture.body):
        yield RBT207.at(at(record.line), name=record.name, value=record.value)
    others = [*file.strays, *(record for group in file.groups for record in group.records)]
    told = set()
    for record in others:
        if record.known or record.name in told:
            continue
        told.add(record.name)
        if len(told) > 4 * OF_EACH:  # looking for what was meant takes time
            break
        if record.meant is None:
            yield RBT202.at(at(record.line), name=record.name)
        else:
            yield RBT201.at(at(record.line), name=record.name, meant=record.meant, value=record.value)
    for record in file.strays:
        if record.name in {"allow", "disallow"}:
            yield RBT203.at(at(record.line), rule=f"{record.name}: {record.value}")
    yield from _own_names(file, capture.url)
    for group in file.groups:
        for token in group.tokens:
            if not _PRODUCT_TOKEN.fullmatch(token):
                yield from _no_token(token, at(group.line))
        for rule in group.rules:
            if rule.path and rule.path[0] not in "/*":
                yield RBT206.at(at(rule.line), rule=rule, verb=rule.verb, path=rule.path)


def _own_names(file: RobotsTxt, url: str) -> Iterator[Finding]:
    """Yield one finding for all tokens that are no product tokens, yet what the operators call their agents themselves."""
    places = {token: group.line for group in file.groups for token in group.tokens}
    own = [
        token
        for token in places
        if not _PRODUCT_TOKEN.fullmatch(token)
        and "," not in token
        and catalogue().by_token(token) is not None
    ]
    if own:
        yield RBT208.at(
            Origin(url, f"line {places[own[0]]}"), value=", ".join(own[:8]) + (", …" if own[8:] else "")
        )


def _no_token(token: str, here: Origin) -> Iterator[Finding]:
    if "," in token:
        yield RBT204.at(here, value=token)
        return
    if catalogue().by_token(token) is not None:
        return  # told once for all of them: RBT208
    kept = _PRODUCT_TOKEN.match(token)
    yield RBT205.at(here, value=token, kept=f"“{kept[0]}”" if kept else "nothing is left of this one")


# ---- what it amounts to ----------------------------------------------------------------------------------------------
def _meant(capture: Capture, file: RobotsTxt) -> Iterator[Finding]:
    yield from _joined(file.groups, capture.url)
    block = managed(capture.body)
    if block is not None:
        first, last = block.start, block.stop - 1
        yield RBT310.at(Origin(capture.url, f"line {first}"), first=first, last=last)
    elif only_explains(capture.body, file):
        yield RBT316.at(Origin(capture.url))
    by_group: dict[CombinedGroup, list[str]] = {}
    numbers: dict[frozenset[Rule], int] = {}
    scattered = {one.line: one for _, group in file.named if len(group.groups) > 1 for one in group.groups}
    rules_of = {
        line: numbers.setdefault(frozenset(one.rules), len(numbers)) for line, one in scattered.items()
    }
    for token, group in file.named:
        by_group.setdefault(group, []).append(token)
        # Who reads only the first loses nothing where all say the same.
        if len(group.groups) > 1 and len({rules_of[one.line] for one in group.groups}) > 1:
            starts = ", ".join(str(one.line) for one in group.groups)
            yield RBT303.at(Origin(capture.url, f"line {group.groups[1].line}"), agent=token, lines=starts)
    if file.everyone is not None:
        by_group.setdefault(file.everyone, []).insert(0, "*")
    undone: set[str] = set()
    combined = 0
    for group, tokens in by_group.items():
        combined += len(group.groups) > 1
        if len(group.groups) > 1 and combined > COMBINATIONS:
            continue
        for tie in _ties(group, _listed(tokens), block, capture.url):
            yield tie
            undone |= set(tokens) if tie.rule is RBT311 else set()
        if block is not None:
            yield from _swallowed(group, _listed(tokens), block, capture.url)
    if block is not None:
        yield from _changed(capture, file, block, undone)
    yield from _by_purpose(file, capture.url)


def _changed(capture: Capture, file: RobotsTxt, block: range, undone: set[str]) -> Iterator[Finding]:
    """Yield what Cloudflare's block changes; `undone` are the agents whose case a tie has explained."""
    here = Origin(capture.url, f"line {block.start}")
    found = changes(capture.body, file, block)
    if found.closed:
        yield RBT314.at(here, agents=_listed(found.closed))
    if opened := [token for token in found.opened if token not in undone]:
        yield RBT315.at(here, agents=_listed(opened))


def _joined(groups: Iterable[Group], url: str) -> Iterator[Finding]:
    for group in groups:
        if group.joins is not None:
            line, second = group.joins
            yield RBT301.at(Origin(url, f"line {line}"), first=group.tokens[0], second=second)


def _ties(group: CombinedGroup, agents: str, managed: range | None, url: str) -> Iterator[Finding]:
    """Yield where an Allow undoes a Disallow of the very same path."""
    allowed = {_same(rule): rule for rule in reversed(group.rules) if rule.allow and rule.path}
    if not allowed:
        return
    for rule in group.rules:
        other = None if rule.allow else allowed.get(_same(rule))
        if other is None:
            continue
        kind = RBT302
        if managed is not None and (other.line in managed) != (rule.line in managed):
            kind = RBT311 if other.line in managed else RBT312
        yield kind.at(
            Origin(url, f"line {rule.line}"),
            allow=other,
            disallow=rule,
            allow_line=other.line,
            disallow_line=rule.line,
            agents=agents,
        )


def _same(rule: Rule) -> bytes:
    return normal(rule.path.encode("utf-8", "surrogatepass")).rstrip(b"*")


def _swallowed(group: CombinedGroup, agent: str, managed: range, url: str) -> Iterator[Finding]:
    refused = [rule for rule in group.rules if not rule.allow and rule.path]
    if any(rule.path == "/" and rule.line in managed for rule in refused):
        own = [rule for rule in refused if rule.path != "/" and rule.line not in managed]
        if own:
            yield RBT313.at(Origin(url, f"line {own[0].line}"), agent=agent, own=own[0])


def _by_purpose(file: RobotsTxt, url: str) -> Iterator[Finding]:
    """Yield which of the agents that come for training, data sets or control are kept out, let in, or gone."""
    known = catalogue()
    kept_out: list[tuple[str, int]] = []
    let_in: list[tuple[str, int]] = []
    for token, group in file.named:
        agent = known.by_token(token)
        if (policy := policy_tokens().get(token.casefold())) is not None:
            here = Origin(url, f"line {group.groups[0].line}")
            yield (RBT307 if policy.confirmed else RBT306).at(here, token=token)
        if agent is None or agent.purpose not in DEFAULT_PURPOSES:
            continue
        (let_in if group.access("/").allowed else kept_out).append((token, group.groups[0].line))
        if not agent.in_use(known.version):
            yield RBT305.at(
                Origin(url, f"line {group.groups[0].line}"),
                agent=token,
                day=agent.valid_to,
                source=agent.source,
            )
    closed = file.everyone is not None and not file.everyone.access("/").allowed
    if closed and let_in:
        yield RBT304.at(Origin(url, f"line {let_in[0][1]}"), agents=_listed(token for token, _ in let_in))
    if kept_out:
        yield RBT901.at(Origin(url, f"line {kept_out[0][1]}"), agents=_listed(token for token, _ in kept_out))


def _listed(tokens: Iterable[str]) -> str:
    """Give names for a sentence, of a long list the first eight."""
    shown = list(islice(tokens, 9))
    return ", ".join(shown[:8]) + (", …" if len(shown) > 8 else "")
