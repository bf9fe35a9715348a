"""Formats whose servers are not to be had: read by the hosts' own parsers from npm, run in Node."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import programs
from test_publish_servers_real import PLAIN, WISH
from voorbehoud.publish import compose, server_config
from voorbehoud.publish.targets.headers_file import merge

PACKAGES = ("@netlify/headers-parser@10.1.1", "@vercel/routing-utils@6.6.0", "superstatic@11.0.0")
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    / "voorbehoud-tests"
    / f"npm-{sha256(' '.join(PACKAGES).encode()).hexdigest()[:12]}"
)
SCRIPT = Path(__file__).parent / "hosts.mjs"
pytestmark = [pytest.mark.needs("npm"), pytest.mark.xdist_group("npm")]
Read = Callable[..., Any]


@pytest.fixture(scope="session")
def modules() -> Path:
    """Give a folder with the packages, installed once; without a registry these tests are skipped, or fail with REQUIRE_ALL."""
    if CACHE.exists():
        return CACHE
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    made = Path(
        tempfile.mkdtemp(dir=CACHE.parent)
    )  # two workers may want them at once: the first that is ready counts
    (made / "package.json").write_text('{"private": true}')
    done = subprocess.run(
        [programs.find("npm") or "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES],
        cwd=made, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        shutil.rmtree(made)
        reason = f"npm could not install {', '.join(PACKAGES)}: {done.stderr.strip()[-200:]}"
        if os.environ.get("REQUIRE_ALL", "") not in {"", "0"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    try:
        made.rename(CACHE)
    except OSError:
        shutil.rmtree(made)
    return CACHE


@pytest.fixture
def read(modules: Path, tmp_path: Path) -> Read:
    """Give a function that lets a host's reader say which headers each path gets."""

    def ask_node(kind: str, text: str, *paths: str) -> Any:
        (tmp_path / "file").write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["node", SCRIPT, kind, tmp_path / "file", *paths],
            cwd=modules,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask_node


# ---- Netlify, Cloudflare Pages -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["netlify", "cloudflare-pages"])
def test_netlify_reads_what_we_write(read: Read, name: str) -> None:
    found = read("netlify", server_config(name, PLAIN))
    assert found["errors"] == []
    assert [rule["for"] for rule in found["headers"]] == ["/*"]
    assert found["headers"][0]["values"]["tdm-reservation"] == "1"
    assert found["headers"][0]["values"]["Content-Usage"] == "train-ai=n, ai-use=n, search=y"
    beside = merge(b"/*\n  X-Frame-Options: DENY\n/werk/*\n  X-Eigen: ja\n", compose(PLAIN))[0]
    rules = {rule["for"]: rule["values"] for rule in read("netlify", beside.decode())["headers"]}
    assert set(rules) == {"/*", "/werk/*"}
    assert rules["/*"].items() >= {"X-Frame-Options": "DENY", "tdm-reservation": "1"}.items()
    assert read("netlify", server_config(name, WISH))["headers"] == [], (
        "what differs by path cannot be said here"
    )


# ---- Vercel --------------------------------------------------------------------------------------------------------------
VERCEL = {
    "/": "1", "/werk/diep/": "1", "/weg.html": "1", "/pers": "1", "/persoonlijk/": "1", "/pers/": "0", "/pers/foto.jpg": "0",
    "/pers/archief/": "1", "/pers/archief/oud.jpg": "1", "/pers/archiefkast": "0", "/werk/pers/": "1",
}  # fmt: skip


def test_vercel_gives_each_path_its_value(read: Read) -> None:
    found = read("vercel", server_config("vercel", WISH), *VERCEL)
    assert {
        path: headers.get("tdm-reservation") for path, headers in zip(VERCEL, found, strict=True)
    } == VERCEL
    assert all(("tdm-policy" in headers) is (headers["tdm-reservation"] == "1") for headers in found)
    assert read("vercel", server_config("vercel", PLAIN), "/een/twee.pdf")[0]["tdm-reservation"] == "1"


def test_vercel_says_no_to_what_is_wrong(read: Read) -> None:
    broken = server_config("vercel", PLAIN).replace('"source"', '"sauce"')
    assert "error" in read("vercel", broken, "/")


# ---- CloudFront ----------------------------------------------------------------------------------------------------------
def test_the_cloudfront_function_sets_each_path_its_value(read: Read) -> None:
    expected = VERCEL | {"/pers/../werk/x": "1", "/%70ers/archief/x": "1", "/pers//x": "1"}
    found = read("cloudfront", server_config("cloudfront", WISH), *expected)
    assert {path: h["tdm-reservation"] for path, h in zip(expected, found, strict=True)} == expected
    assert found[0]["x-robots-tag"] == "noai, noimageai, noindex, googlebot: nosnippet", (
        "the origin's own words stay"
    )
    assert found[6]["x-robots-tag"] == "noindex", "as it came"


# ---- Firebase ------------------------------------------------------------------------------------------------------------
def test_firebase_own_server_sends_it(read: Read, tmp_path: Path) -> None:
    (tmp_path / "public" / "werk").mkdir(parents=True)
    (tmp_path / "public" / "index.html").write_text("<title>x</title>")
    (tmp_path / "public" / "werk" / "a.jpg").write_bytes(b"jpg")
    answers = read("firebase", server_config("firebase", PLAIN), "/", "/werk/a.jpg", "/weg.html")
    assert [answer["status"] for answer in answers] == [200, 200, 404]
    assert [answer["tdm-reservation"] for answer in answers] == ["1", "1", "1"]
    assert json.loads(server_config("firebase", WISH))["hosting"]["headers"] == []
