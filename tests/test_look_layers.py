"""A real nginx before a real nginx: who dropped the header, and whose robots.txt it is."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conftest import Serve
from voorbehoud.cli import main
from voorbehoud.declaration.load import load
from voorbehoud.publish import server_parts

DECLARATION = "declared-by: {name: E, contact: e@e.nl}\nsite: https://e.nl\nsince: 2026-11-01\n"
PAGE = "<!doctype html>\n<html lang=nl>\n<head>\n<meta charset=utf-8>\n<title>Werk</title>\n</head>\n<body><a href=/werk/>werk</a></body>\n</html>\n"


@dataclass(frozen=True)
class Site:
    """A published site behind an nginx that sends its headers."""

    folder: Path
    declaration: Path
    origin: str


@pytest.fixture
def behind(tmp_path: Path, nginx: Serve) -> Site:
    public = tmp_path / "public"
    (public / "werk").mkdir(parents=True)
    (tmp_path / "voorbehoud.yaml").write_text(DECLARATION)
    for page in ("index.html", "werk/index.html"):
        (public / page).write_text(PAGE)
    assert CliRunner().invoke(main, ["publish", str(public), "--yes"]).exit_code == 0
    parts = server_parts("nginx", load(DECLARATION, "voorbehoud.yaml"))
    server = "\n".join(part.text for part in parts if not part.name.startswith("http/"))
    return Site(public, tmp_path / "voorbehoud.yaml", nginx(public, server=server))


def exp(front: str, site: Site, *more: str) -> list[dict[str, Any]]:
    words = ["check", front, "--expect", str(site.declaration), "--allow-private", "--format", "json", *more]
    done = CliRunner().invoke(main, words)
    assert done.exit_code in {0, 1}, done.output
    (told,) = json.loads(done.stdout)["sites"]
    return [finding for finding in told["findings"] if finding["code"].startswith("EXP")]


def places(found: list[dict[str, Any]], code: str) -> set[str]:
    return {
        finding["origin"]["url"].partition("://")[2].partition("/")[2]
        for finding in found
        if finding["code"] == code
    }


PASSED = "location / {{ proxy_pass {origin}; {more} }}"
DROPS = "proxy_hide_header tdm-reservation; proxy_hide_header tdm-policy; add_header X-Cache HIT always; add_header Age 3600 always;"


@pytest.mark.needs("nginx")
def test_a_cache_that_drops_a_header_is_told_from_the_server(
    behind: Site, nginx: Serve, tmp_path: Path
) -> None:
    front = nginx(tmp_path, server=PASSED.format(origin=behind.origin, more=DROPS))
    suspected = exp(front, behind)
    assert {finding["code"] for finding in suspected} == {"EXP102", "EXP407"}
    assert "x-cache: HIT, age: 3600" in suspected[-1]["message"]

    found = exp(front, behind, "--origin", behind.origin)
    assert {finding["code"] for finding in found} == {"EXP102", "EXP405"}
    assert places(found, "EXP405") == {"", "werk/", "ai-voorbehoud/"} & places(found, "EXP102") != set()
    assert all("tdm-header as declared" in f["message"] for f in found if f["code"] == "EXP405")


@pytest.mark.needs("nginx")
def test_a_robots_txt_that_a_layer_writes_is_told_from_the_one_that_was_published(
    behind: Site, nginx: Serve, tmp_path: Path
) -> None:
    robots = 'location = /robots.txt { add_header Server-Timing x; add_header CF-RAY 8f1; return 200 "User-agent: *\\nAllow: /\\n"; }'
    front = nginx(tmp_path, server=robots + PASSED.format(origin=behind.origin, more=""))
    found = exp(front, behind, "--origin", behind.origin)
    assert places(found, "EXP405") == {"robots.txt"}
    (told,) = (finding for finding in found if finding["code"] == "EXP405")
    assert "Cloudflare (cf-ray)" in told["message"]
    assert behind.origin in told["message"]


@pytest.mark.needs("nginx")
def test_the_server_itself_is_told_where_no_layer_did_it(behind: Site, nginx: Serve, tmp_path: Path) -> None:
    bare = nginx(behind.folder)
    front = nginx(tmp_path, server=PASSED.format(origin=bare, more=""))
    found = exp(front, behind, "--origin", bare)
    assert {finding["code"] for finding in found} == {"EXP102", "EXP406"}
    assert places(found, "EXP406") == places(found, "EXP102")


@pytest.mark.needs("nginx")
def test_a_server_behind_that_does_not_answer_proves_nothing(
    behind: Site, nginx: Serve, tmp_path: Path
) -> None:
    front = nginx(tmp_path, server=PASSED.format(origin=behind.origin, more=DROPS))
    shut = nginx(tmp_path, server="location / { return 503; }")
    found = exp(front, behind, "--origin", shut)
    assert {finding["code"] for finding in found} == {"EXP102", "EXP408"}


@pytest.mark.parametrize(
    "words",
    [["https://e.nl"], ["https://e.nl", "https://f.nl", "--expect", "FILE"], [".", "--expect", "FILE"]],
)
def test_a_comparison_needs_one_site_and_a_declaration(words: list[str], tmp_path: Path) -> None:
    file = tmp_path / "voorbehoud.yaml"
    file.write_text(DECLARATION)
    done = CliRunner().invoke(
        main, ["check", *[w.replace("FILE", str(file)) for w in words], "--origin", "https://o.e.nl"]
    )
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--origin compares one site" in done.stderr
