"""Made-up files of robots.txt with a question each, and where our answer may differ from that of Google's parser."""

import random

AGENTS = (
    "GPTBot", "Googlebot", "Google-Extended", "CCBot", "Foo", "foo-bar", "Applebot", "Applebot-Extended", "X",
)  # fmt: skip
NAMED_AS = (*AGENTS, "*", "gptBOT", "CCBot/2.0", "Foo Bar", "GPTBot, CCBot", "* # all", "*x", "Google", "")
PIECES = ("/", "a", "b/", "img", ".jpg", "*", "$", "?q=1", "%2F", "%2f", "%C3%A9", "é", "-", "werk/", "%20")
OTHER_LINES = (
    "Crawl-delay: 3", "Sitemap: https://e.nl/s.xml", "# a note", "", "Content-Usage: train-ai=n", "Foo: bar", "bare",
)  # fmt: skip
PLAIN = tuple(piece for piece in PIECES if piece not in {"*", "$", "é", "%2f"})

ODD_LINES = (
    "Disallow /a", "Dissalow: /", "useragent: X", "User agent: Foo", "Disallow: /%61", "Disallow: /~a", "Allow: /%7Ea",
    "Disallow: /b/index.html", "Allow: /a/index.htm", "Disallow: /robots.txt", "disallows: /a", "Allow: /%2A", "Disallow: /%24",
)  # fmt: skip
ODD_PATHS = (
    "/robots.txt",
    "/%61",
    "/~a",
    "/%7Ea",
    "/b/",
    "/b/index.html",
    "/a/",
    "/a*",
    "/$",
    "/a%2Fb",
    "/%C3%a9",
)


def pair(random: random.Random) -> tuple[bytes, str, str]:
    """Give a robots.txt, an agent and a path as a crawler sends it: escaped, with nothing in it that only patterns may have."""
    agents = random.sample(AGENTS, 3)
    lines = [random.choice(("User-agent: *", f"User-agent: {agents[0]}", "# a note"))]
    for _ in range(random.randint(1, 16)):
        kind = random.random()
        if kind < 0.3:
            token = random.choice((*agents, *agents, *NAMED_AS))
            lines.append(f"{random.choice(('User-agent', 'user-agent', 'USER-AGENT '))}: {token}")
        elif kind < 0.85:
            path = "".join(random.choices(PIECES, k=random.randint(0, 3)))
            if random.random() < 0.85:
                path = "/" + path
            verb = random.choice(("Allow", "Disallow", "Disallow", "disallow"))
            lines.append(f"{verb}:{random.choice((' ', ''))}{path}{random.choice(('', '', ' # x', '#x'))}")
        else:
            lines.append(random.choice(OTHER_LINES))
    text = random.choice(("\n", "\n", "\r\n", "\r")).join(lines)
    mark = random.choice((b"", b"", b"", b"\xef\xbb\xbf", b"\xef\xbb"))
    url = "/" + "".join(random.choices(PLAIN, k=random.randint(0, 5)))
    return mark + text.encode(), random.choice((*agents, *AGENTS)), url


def odd_pair(random: random.Random) -> tuple[bytes, str, str]:
    """Give a pair in which something stands that the two parsers may take differently."""
    body, agent, url = pair(random)
    end = b"\r" if b"\r" in body and b"\n" not in body else b"\n"
    lines = body.split(end)
    for _ in range(random.randint(1, 3)):
        lines.insert(random.randint(1, len(lines)), random.choice(ODD_LINES).encode())
    return end.join(lines), agent, random.choice((*ODD_PATHS, url))
