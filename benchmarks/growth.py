"""Every parser on inputs that double: the time doubles with them, also for inputs that are made to hurt."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from voorbehoud.core.evidence import Capture, Kind
from voorbehoud.evaluate.site import judge
from voorbehoud.grammar.json_ld import LONGEST_BLOCK
from voorbehoud.grammar.markup import MOST, head, links
from voorbehoud.grammar.robots import RobotsTxt, records
from voorbehoud.grammar.structured import LONGEST, parse_dictionary
from voorbehoud.grammar.tags import tags
from voorbehoud.publish.message import LeftAloneError
from voorbehoud.publish.splice import splice
from voorbehoud.signals import ai_txt, schema_org, search_engines, tdm_file, trust_txt, x_robots

from . import made
from .measure import Growth, growth
from .splice import OURS

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DOUBLINGS = 4


def rows(quick: bool) -> Iterator[Growth]:
    """Yield the times of each parser, up to the size at which it stops reading."""
    for what, read, make, largest in cases():
        sizes = [largest >> step for step in range(DOUBLINGS, -1, -1)]
        yield growth(what, read, make, sizes[:2] if quick else sizes, quick)


def cases() -> Iterator[tuple[str, Callable[[bytes], object], Callable[[int], bytes], int]]:
    """Yield name, parser, maker of its input, and the largest input in bytes."""
    yield "RobotsTxt.parse, a long file", RobotsTxt.parse, made.robots, 500_000
    yield "RobotsTxt.parse, only agents", RobotsTxt.parse, repeated(b"User-agent: A\n"), 500_000
    yield (
        "RobotsTxt.parse, only groups for everyone",
        RobotsTxt.parse,
        repeated(b"User-agent: *\nDisallow: /a\n"),
        500_000,
    )
    yield (
        "RobotsTxt.access, many asterisks",
        asked,
        lambda size: b"User-agent: *\nDisallow: /" + b"*a" * (size // 2),
        500_000,
    )
    yield "robots.records, a long file", lambda body: list(records(body)), made.robots, 500_000
    yield "robots.records, no colons", lambda body: list(records(body)), repeated(b"disalow /\n"), 500_000
    yield "evaluate.judge, 11 pages, a group for each bot", judged, made.many_groups, 500_000
    yield "evaluate.judge, 11 pages, two groups for each bot", judged, made.shared_group, 500_000
    yield (
        "tdm_file.parse",
        file_read(tdm_file.parse, Kind.TDM_FILE, "application/tdmrep+json"),
        made.tdm_file,
        400_000,
    )
    yield (
        "tdm_file.parse, only brackets",
        file_read(tdm_file.parse, Kind.TDM_FILE, "application/json"),
        repeated(b"["),
        400_000,
    )
    yield "ai_txt.parse", file_read(ai_txt.parse, Kind.AI_TXT, "text/plain"), made.ai_txt, 200_000
    yield (
        "trust_txt.parse",
        file_read(trust_txt.parse, Kind.TRUST_TXT, "text/plain"),
        repeated(b"datatrainingallowed=no # x\n"),
        125_000,
    )
    yield (
        "schema_org.parse",
        file_read(schema_org.parse, Kind.PAGE, "text/html"),
        structured_data,
        LONGEST_BLOCK,
    )
    yield (
        "schema_org.parse, only empty scripts",
        file_read(schema_org.parse, Kind.PAGE, "text/html"),
        repeated(b"<script type=application/ld+json></script>"),
        MOST,
    )
    yield (
        "search_engines.parse, only attributes",
        file_read(search_engines.parse, Kind.PAGE, "text/html"),
        repeated(b"<p data-nosnippet>"),
        MOST,
    )
    yield "structured.parse_dictionary", parse_dictionary, made.content_usage, LONGEST
    yield "structured.parse_dictionary, only equals signs", parse_dictionary, repeated(b"a="), LONGEST
    yield "x_robots.parse", field_read, made.x_robots, 50_000
    yield (
        "markup.head, a head without end",
        head,
        lambda size: b"<head>" + repeated(b"<meta name=a content=b>\n")(size),
        MOST,
    )
    yield "markup.head, only `<`", head, repeated(b"<"), MOST
    yield "markup.head, scripts in comments", head, repeated(b"<script><!--<script"), MOST
    yield "markup.links", page_links, made.page, MOST // 4
    yield "tags, a whole page", lambda body: sum(1 for _ in tags(body.decode())), made.page, MOST
    yield "tags, drawings in drawings", lambda body: sum(1 for _ in tags(body.decode())), drawings, MOST
    yield "splice, our own marker", spliced, repeated(b"<!-- voorbehoud: begin -->"), MOST
    yield "splice, a name without end", spliced, lambda size: b"<html><head><meta " + b"a" * size + b">", MOST
    yield (
        "splice, a page",
        spliced,
        lambda size: made.page(size).replace(b'<meta name="tdm-reservation" content="1">', b""),
        MOST,
    )
    yield "splice, a block that nothing ends", spliced, in_head(repeated(b"{% word %}")), MOST
    yield (
        "splice, braces in a quoted value",
        spliced,
        in_head(lambda size: b'<meta a="' + b"{{" * (size // 2)),
        MOST,
    )
    yield "splice, code in a tag", spliced, in_head(lambda size: b"<meta " + b"{%" * (size // 2)), MOST
    yield "splice, quotes in PHP", spliced, in_head(lambda size: b"<?php " + b"'\\" * (size // 2)), MOST
    yield (
        "splice, a head without end",
        spliced,
        lambda size: b"<html><head>" + repeated(b"<meta name=a content=b>\n")(size),
        MOST,
    )


def structured_data(size: int) -> bytes:
    """Give a page with about `size` bytes of JSON-LD that describes images."""
    one = '{"@type": "ImageObject", "license": "https://atelier.example/rechten", "creditText": "A. Maker"}'
    works = ", ".join([one] * max(1, (size - 200) // 100))
    return (
        '<script type="application/ld+json">{"@context": "https://schema.org", "@graph": ['
        + works
        + "]}</script>"
    ).encode()


def drawings(size: int) -> bytes:
    """Give drawings inside drawings with templates of their own, and then as many ends that end none of them."""
    return b"<svg><template>" * (size // 30) + b"</x></title></p>" * (size // 32)


def repeated(piece: bytes) -> Callable[[int], bytes]:
    return lambda size: piece * (size // len(piece))


def in_head(make: Callable[[int], bytes]) -> Callable[[int], bytes]:
    return lambda size: b"<html><head><meta charset=utf-8>" + make(size)


def asked(body: bytes) -> object:
    return RobotsTxt.parse(body).access("A", "/" + "a" * (len(body) // 2))


def judged(robots: bytes) -> object:
    page = captured(Kind.PAGE, (("Content-Type", "text/html"),), b"<title>x</title>")
    site = "https://atelier.example"
    pages = (replace(page, asked=f"{site}/{n}", url=f"{site}/{n}") for n in range(11))
    file = captured(Kind.ROBOTS, (("Content-Type", "text/plain"),), robots)
    url = f"{site}/robots.txt"
    return judge(site, (replace(file, asked=url, url=url), *pages), NOON)


def page_links(body: bytes) -> object:
    return links(body, "https://atelier.example/")


def file_read(parse: Callable[[Capture], object], kind: Kind, media_type: str) -> Callable[[bytes], object]:
    return lambda body: parse(captured(kind, (("Content-Type", media_type),), body))


def field_read(value: bytes) -> object:
    return x_robots.parse(captured(Kind.IMAGE, (("X-Robots-Tag", value.decode()),), b""))


def captured(kind: Kind, headers: tuple[tuple[str, str], ...], body: bytes) -> Capture:
    url = "https://atelier.example/it"
    return Capture(url, url, kind, 200, headers, body, NOON)


def spliced(body: bytes) -> object:
    try:
        return splice(body, (OURS,))
    except LeftAloneError as refused:  # a page without a place to be sure of: an answer too
        return refused
