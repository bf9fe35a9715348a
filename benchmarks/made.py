"""Inputs as they occur in the wild, made from a seed: robots.txt files, pages, and the small formats."""

import json
import random
import re
from itertools import count

from voorbehoud.agents.catalogue import catalogue

SEARCH = (
    "Googlebot", "Bingbot", "DuckDuckBot", "Slurp", "YandexBot", "Baiduspider", "SeznamBot", "Qwantbot", "MojeekBot",
    "Sogou", "Exabot", "ia_archiver", "AhrefsBot", "SemrushBot", "MJ12bot", "DotBot", "rogerbot", "BLEXBot", "PetalBot",
    "Screaming", "SiteAuditBot", "serpstatbot", "DataForSeoBot", "Twitterbot", "LinkedInBot", "Pinterestbot", "Discordbot",
    "TelegramBot", "WhatsApp", "Slackbot", "redditbot", "UptimeRobot", "AdsBot-Google", "Mediapartners-Google",
    "Snapchat", "Viber", "Feedly", "NewsBlur", "Flipboard", "Pingdom", "StatusCake", "Lighthouse", "W3C_Validator", "Embedly",
)  # fmt: skip
WORDS = (
    "werk", "portret", "illustratie", "boek", "omslag", "muziek", "album", "foto", "studio", "atelier",
    "tekening", "schets", "archief", "contact", "over", "nieuws", "agenda", "winkel", "prent", "affiche",
    "theater", "decor", "kostuum", "film", "stem", "opname", "serie", "reeks", "kleur", "inkt", "papier",
    "zeefdruk", "ets",
)  # fmt: skip
ENDINGS = ("/", "/", ".html", ".php", "/*.jpg$", "?sort=", "/index.html", "/page/")


def agents(number: int = 150) -> tuple[str, ...]:
    """Give product tokens of the catalogue, filled up with search engines and the like.

    Without those that peers read otherwise than RFC 9309 does: Google's parser stops at a blank or digit, and Protego lets a
    group for `omgili` govern `omgilibot`.  What a benchmark compares must be the same answer.
    """
    known = dict.fromkeys((*(agent.token for agent in catalogue().agents), *SEARCH))
    proper = [token for token in known if re.fullmatch("[A-Za-z_-]+", token)]
    alone = [
        token
        for token in proper
        if not any(other.lower() in token.lower() for other in proper if other != token)
    ]
    return tuple(alone[:number])


def robots(size: int, seed: int = 1, together: bool = True) -> bytes:
    """Give a robots.txt of about `size` bytes: one group for everyone, and up to 120 bots that are kept out.

    `together`: the bots share a group, as in the widely copied list of ai.robots.txt; else most have one of their own.
    """
    chance = random.Random(seed)
    bots = list(agents())
    chance.shuffle(bots)
    lines = [
        "# robots.txt",
        "User-agent: *",
        "Crawl-delay: 5",
        "Disallow: /wp-admin/",
        "Allow: /wp-admin/admin-ajax.php",
    ]
    kept_out = bots[: min(120, size // 60)]
    tail = ["", "# AI crawlers"]
    for number, bot in enumerate(kept_out):
        tail.append(f"User-agent: {bot}")
        if number % 4 and not together:
            tail += ["Disallow: /", ""]
    tail += ["Disallow: /", "", "Sitemap: https://atelier.example/sitemap.xml"]
    room = size - sum(len(line) + 1 for line in (*lines, *tail))
    while room > 0:
        lines.append(f"{chance.choice(('Disallow', 'Disallow', 'Disallow', 'Allow'))}: {_path(chance)}")
        room -= len(lines[-1]) + 1
    return "\n".join((*lines, *tail, "")).encode()


def many_groups(size: int) -> bytes:
    """Give a robots.txt of about `size` bytes in which every bot has a group of its own, and `*` says what none of them repeats."""
    start = b"User-agent: *\nContent-Usage: train-ai=n\nContent-Signal: ai-train=no\nDisallow: /y\n\n"
    return start + b"".join(b"User-agent: bot%06d\nDisallow: /x\n\n" % n for n in range(size // 35))


def shared_group(size: int) -> bytes:
    """Give a robots.txt of about `size` bytes with one group for all bots, and a second one for each of them."""
    number = range(size // 65)
    together = b"".join(b"User-agent: b%06d\n" % n for n in number)
    rules = b"".join(b"Disallow: /%06d\n" % n for n in number)
    return together + rules + b"".join(b"User-agent: b%06d\nDisallow: /x\n" % n for n in number)


def _path(chance: random.Random) -> str:
    folders = "/".join(chance.choices(WORDS, k=chance.randint(1, 3)))
    return f"/{folders}-{chance.randrange(10_000)}{chance.choice(ENDINGS)}"


def page(size: int, seed: int = 1) -> bytes:
    """Give a page of about `size` bytes as site builders make it: a head of some 6 KB with 26 meta and link elements."""
    chance = random.Random(seed)
    text = " ".join(chance.choices(WORDS, k=20))
    metas = [
        '<meta charset="utf-8">', '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="description" content="{text}">', '<meta name="tdm-reservation" content="1">',
        '<meta name="tdm-policy" content="https://atelier.example/policy.json">',
        '<meta name="robots" content="noai, noimageai, max-image-preview:large">', '<meta name="generator" content="WordPress 6.8">',
        *(f'<meta property="og:{name}" content="{text[:60]}">' for name in ("title", "type", "url", "image", "site_name", "locale")),
        *(f'<meta name="twitter:{name}" content="{text[:50]}">' for name in ("card", "title", "image")),
    ]  # fmt: skip
    links = [
        f'<link rel="{rel}" href="/assets/{rel}-{number}.css?ver=6.8" type="text/css">'
        for number, rel in enumerate(
            ("canonical", "icon", "license", *("stylesheet",) * 5, "preload", "alternate")
        )
    ]
    style = "<style>" + "".join(f".wp-{word}{{color:#123;margin:0 > *}}" for word in WORDS * 2) + "</style>"
    data = {
        "@context": "https://schema.org",
        "@graph": [{"@type": "WebPage", "name": word} for word in WORDS],
    }
    start = "\n".join((
        "<!doctype html>", '<html lang="nl-NL" prefix="og: https://ogp.me/ns#">', "<head>", *metas,
        "<title>Atelier &amp; Werk</title>", "<!-- search engine plug-in -->", *links, style,
        f'<script type="application/ld+json">{json.dumps(data)}</script>',
        '<script>window.dataLayer=window.dataLayer||[];if(1<2&&3>2){document.write("<b>")}</script>', "</head>",
        '<body class="home page">', "",
    ))  # fmt: skip
    blocks = [start]
    length = len(start)
    while length < size:
        blocks.append(_block(chance))
        length += len(blocks[-1])
    return "".join((*blocks, "</body>\n</html>\n")).encode()


def _block(chance: random.Random) -> str:
    title, *words = chance.choices(WORDS, k=40)
    number = chance.randrange(10_000)
    return (
        f'<article id="post-{number}" class="post type-post"><h2><a href="/{title}/{number}.html">{title} café</a></h2>\n'
        f'<p>{" ".join(words)}&nbsp;&ndash; <em>{number}</em>.</p>\n<img loading="lazy" src="/img/{number}.jpg" '
        f'srcset="/img/{number}-300.jpg 300w, /img/{number}-900.jpg 900w" alt="{title}">\n'
        f"<script>track({number})</script></article>\n"
    )


def tdm_file(size: int) -> bytes:
    """Give a tdmrep.json of about `size` bytes."""
    rule = {
        "location": "/werk/12345/*.jpg",
        "tdm-reservation": 1,
        "tdm-policy": "https://atelier.example/policy.json",
    }
    return json.dumps([rule] * max(1, size // 105)).encode()


def ai_txt(size: int) -> bytes:
    """Give an ai.txt of about `size` bytes."""
    lines, length = ["User-Agent: *"], 14
    for number in count():
        if length >= size:
            return "\n".join(lines).encode()
        lines.append(f"Disallow: *.{WORDS[number % len(WORDS)]}{number}")
        length += len(lines[-1]) + 1
    raise AssertionError("count() has no end")


def content_usage(size: int) -> bytes:
    """Give the value of a Content-Usage field of about `size` bytes."""
    return ", ".join(f"use-{number}=n" for number in range(max(1, size // 11))).encode()


def x_robots(size: int) -> bytes:
    """Give the value of an X-Robots-Tag field of about `size` bytes."""
    return ", ".join(
        ["noai", "noimageai", "max-snippet: 20", "otherbot: noindex"] * max(1, size // 53)
    ).encode()
