"""IIS and OpenLiteSpeed, which cannot be had here: their files fit what their manuals allow, and mean what is declared.

The schemas in tests/schemas are ours, made from the manuals; how files are joined is read here as the manuals say it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from lxml import etree

from test_publish_servers_real import PLAIN, SPELT, WISH
from voorbehoud.core.errors import PublishError
from voorbehoud.declaration.model import Declaration, PathException
from voorbehoud.publish import compose, quoting, server_config

SCHEMAS = Path(__file__).parent / "schemas"
WEB_CONFIG = etree.RelaxNG(etree.parse(str(SCHEMAS / "web.config.rng")))
CONTEXT = yaml.safe_load((SCHEMAS / "openlitespeed.yaml").read_text(encoding="utf-8"))
Headers = dict[str, str]


# ---- IIS -----------------------------------------------------------------------------------------------------------------
def iis(text: str, path: str) -> Headers:
    """Give the headers at `path` as IIS joins collections: from the root down, and a name that is added twice is an error 500."""
    tree = etree.fromstring(text.encode())
    WEB_CONFIG.assertValid(tree)
    places = {"": tree.find("system.webServer")} | {
        str(one.get("path")): one.find("system.webServer") for one in tree.findall("location")
    }
    sent: Headers = {}
    for folder in sorted(places, key=len):
        if unquote(path).startswith(f"/{folder}/" if folder else "/"):
            for one in places[folder].find("httpProtocol/customHeaders").iter("add", "remove", "clear"):  # type: ignore[union-attr]
                name = str(one.get("name")).lower()
                if one.tag == "add":
                    assert name not in sent, "cannot add duplicate collection entry"
                    sent[name] = str(one.get("value"))
                elif one.tag == "remove":
                    sent.pop(name, None)
                else:
                    sent.clear()
    return sent


# ---- OpenLiteSpeed -------------------------------------------------------------------------------------------------------
def contexts(text: str) -> Iterator[tuple[str, Headers]]:
    """Yield each context with its headers, read by lines as the server does; what the manual does not know is an error."""
    lines = iter(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    for line in lines:
        opened = re.fullmatch(r"context (\S+) \{", line)
        assert opened, line
        assert re.fullmatch(CONTEXT["uri"], opened[1]), line
        sent: Headers = {}
        for inside in lines:
            if inside == "}":
                break
            key, _, value = inside.partition(" ")
            if key == "extraHeaders":
                mark = value.strip().removeprefix("<<<")
                for operation in lines:
                    if operation == mark:
                        break
                    found = re.fullmatch(CONTEXT["operation"], operation)
                    assert found, operation
                    assert found["when"] is None, "the end of a value is taken for a condition"
                    sent[found["name"].lower()] = found["value"]
            else:
                assert re.fullmatch(CONTEXT["keys"][key], value.strip()), inside
        yield opened[1], sent


def openlitespeed(text: str, path: str) -> Headers:
    """Give the headers at `path`: the longest context has it, with its own headers alone."""
    return max((uri, sent) for uri, sent in contexts(text) if path.startswith(uri))[1]


# ---- both ----------------------------------------------------------------------------------------------------------------
READ = {"iis": iis, "openlitespeed": openlitespeed}
PATHS = {
    "/": "/",
    "/weg.jpg": "/",
    "/persoonlijk/": "/",
    "/pers/a.jpg": "/pers/",
    "/pers/archief/b/c.pdf": "/pers/archief/",
}


@pytest.mark.parametrize("wish", [PLAIN, WISH], ids=["plain", "exceptions"])
@pytest.mark.parametrize("name", READ)
def test_what_the_manual_says_of_our_file_is_what_is_declared(name: str, wish: Declaration) -> None:
    text, ours = server_config(name, wish, lang="nl"), compose(wish)
    for path, level in PATHS.items():
        sent = READ[name](text, path)
        wanted = {header.name.lower(): header.value for header in ours.level(level).headers}
        if name == "iis":
            wanted.pop("x-robots-tag", None)  # a comment says why
        assert sent == wanted, path


def test_iis_is_told_the_folder_as_it_is_called() -> None:
    assert iis(server_config("iis", SPELT), "/caf%C3%A9%20(oud)/foto.jpg")["tdm-reservation"] == "0"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("iis", "/pers"), ("iis", "/a%3Cb/"), ("iis", "/a:b/"), ("iis", "/%7C/"), ("iis", "/a./"), ("iis", "/%20a/"), ("iis", "/%FF/"),
        ("openlitespeed", "/pers"), ("openlitespeed", "/a%20b/"), ("openlitespeed", "/{/"),
    ],
)  # fmt: skip
def test_what_they_have_no_name_for_is_refused(name: str, path: str) -> None:
    odd = replace(WISH, exceptions=(PathException(path, allow=WISH.exceptions[0].allow),))
    with pytest.raises(PublishError, match=r"cannot name|end with a slash"):
        server_config(name, odd)


def test_a_value_that_openlitespeed_would_take_for_a_condition_is_refused() -> None:
    assert [sent for _, sent in contexts("context / {\n  extraHeaders <<<E\n  set a: b\n  E\n}")] == [
        {"a": "b"}
    ]
    for value in ("n early", "early", "n env=X", "env=!X"):
        with pytest.raises(PublishError, match="condition"):
            quoting.openlitespeed(value)
    assert quoting.openlitespeed("n=early, env") == "n=early, env"
