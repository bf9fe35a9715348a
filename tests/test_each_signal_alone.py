"""Any single signal, alone on a site, shows in the verdict: each published on a site of its own, asked over HTTP.

What never counts by decision has to show as a finding.  All sites are looked at in one run of the command.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from lxml import etree

import real_files
from awkward_servers import Farm, Reply, answer, page
from voorbehoud.cli import main
from voorbehoud.core.use import Use
from voorbehoud.evaluate.explain import explain
from voorbehoud.look import Target, fetch
from voorbehoud.report.data import schema
from voorbehoud.report.explained import answer_text
from voorbehoud.signals import SIGNALS

pytest_plugins = ["awkward_servers"]

SCHEMAS = Path(__file__).parent / "schemas"

RSL_TYPE = "application/rsl+xml"
LICENCE = '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content></rsl>'
FEED = (
    '<rss version="2.0" xmlns:rsl="https://rslstandard.org/rsl"><channel><item><rsl:content url="/"><rsl:license>'
    '<rsl:prohibits type="usage">ai-train</rsl:prohibits></rsl:license></rsl:content></item></channel></rss>'
)
INSIDE = (
    '<rsl:rsl><rsl:content url="https://atelier.example/1.jpg"><rsl:license><rsl:prohibits type="usage">ai-train'
    "</rsl:prohibits></rsl:license></rsl:content></rsl:rsl>"
)
OFFER = {
    "@context": ["http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld"],
    "@type": "Offer",
    "profile": "http://www.w3.org/ns/tdmrep",
    "uid": "https://atelier.example/p.json",
    "permission": [{"action": "tdm:mine", "duty": [{"action": "obtainConsent"}]}],
}
PLUS = "http://ns.useplus.org/ldf/vocab/"
NO_TRAINING = {"cawg.training-mining": {"entries": {"cawg.ai_generative_training": {"use": "notAllowed"}}}}
EVERYONE, FAVOURABLE = "reserved/reserved/everyone", "unset/reserved/everyone"
NAMED = "unset/reserved/named-agents"

Pages = dict[str, Reply]


@dataclass(frozen=True)
class Alone:
    """One signal and its site.

    `at`: what it says about, the home page or the work; `uses`: strict, protective and audience there, unset ones left out.
    `told`: what the signal's own row says; `state`: what that calls the signal.  `finding`: a code.
    `deciding`: where the answer to `agent` about `use` rests.
    """

    name: str
    pages: Pages
    finding: str
    signal: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    uses: Mapping[str, str] = field(default_factory=dict)
    deciding: str | None = None
    agent: str = "ClaudeBot"
    use: Use = Use.TRAIN_AI
    at: str = "/"
    state: str = "present"


def robots(*lines: str) -> Pages:
    return {"/robots.txt": answer("\n".join([*lines, ""]).encode(), "Content-Type: text/plain")}


def text(path: str, body: str, media_type: str = "text/plain") -> Pages:
    return {path: answer(body.encode(), f"Content-Type: {media_type}")}


def home(html: str, *fields: str) -> Pages:
    return {"/": page(html, *fields)}


def work(**spec: Any) -> Pages:
    made = real_files.made(spec)
    shown = '<img src="/werk">' if made.media_type.startswith("image/") else '<a href="/werk">werk</a>'
    return {"/": page(shown), "/werk": answer(made.body, f"Content-Type: {made.media_type}")}


TRAINING = {"train-ai": "disallowed"}
MINING = {"tdm": "disallowed"}
ONLY_TRAINING = {"train-ai": EVERYONE}
ALL_MINING = {"tdm": EVERYONE, "train-ai": EVERYONE}
RSL_TOLD = {"train-ai": "disallowed", "ai-use": "allowed", "search": "allowed"}
RSL_USES = ONLY_TRAINING | dict.fromkeys(("ai-use", "search"), "not-reserved/not-reserved/None")

ROWS = [
    Alone("a crawl ban", robots("User-agent: ClaudeBot", "Disallow: /"), "EFF405", "robots-txt", {}, {"train-ai": NAMED}, "/robots.txt, line 2"),
    Alone("Content-Usage", robots("User-agent: *", "Content-Usage: train-ai=n"), "CUR901", "content-usage", TRAINING, ONLY_TRAINING, "/robots.txt, line 2"),
    Alone("Content-Signal", robots("User-agent: *", "Content-Signal: ai-train=no"), "CSG901", "content-signal", TRAINING, ONLY_TRAINING, "/robots.txt, line 2"),
    Alone("tdmrep.json", text("/.well-known/tdmrep.json", '[{"location":"/","tdm-reservation":1}]', "application/json"), "TDF901", "tdm-file", MINING, ALL_MINING, "tdmrep.json, line 1"),
    Alone("ai.txt", text("/ai.txt", "User-Agent: *\nDisallow: /\n"), "AIT901", "ai-txt", TRAINING, ONLY_TRAINING, "/ai.txt, line 2"),
    Alone("trust.txt", text("/trust.txt", "datatrainingallowed=no\n"), "TRT901", "trust-txt", TRAINING, ONLY_TRAINING, "/trust.txt, line 1"),
    Alone("a License line", robots("User-agent: *", "License: {site}/l.xml") | text("/l.xml", LICENCE, RSL_TYPE), "RSL901", "rsl", RSL_TOLD, RSL_USES, "/robots.txt, line 2"),
    Alone("a link to a licence", home(f'<link rel=license type="{RSL_TYPE}" href="/l.xml">') | text("/l.xml", LICENCE, RSL_TYPE), "RSL901", "rsl", RSL_TOLD, RSL_USES, "/, line 1, link license"),
    Alone("a Link header", home("<p>Werk", f'Link: <{{site}}/l.xml>; rel="license"; type="{RSL_TYPE}"') | text("/l.xml", LICENCE, RSL_TYPE), "RSL901", "rsl", RSL_TOLD, RSL_USES, "/, header Link"),
    Alone("a licence in the page", home(f'<p>Werk<script type="{RSL_TYPE}">{LICENCE}</script>'), "RSL901", "rsl", RSL_TOLD, RSL_USES, "/, line 1"),
    Alone("a licence in a feed", home('<link rel=alternate type="application/rss+xml" href="/feed">') | text("/feed", FEED, "application/rss+xml"), "RSL901", "rsl", RSL_TOLD, RSL_USES, "/feed, line 1"),
    Alone("a licence in a work", work(type="jpeg", xmp={"inner": INSIDE}), "RSL113", "rsl", {}, {"train-ai": FAVOURABLE}, "/werk, line 4", at="/werk", state="broken"),
    Alone("tdm-reservation in a header", home("<p>Werk", "tdm-reservation: 1"), "TDH901", "tdm-header", MINING, ALL_MINING, "/, header tdm-reservation"),
    Alone("tdm-reservation in the page", home('<meta name="tdm-reservation" content="1">'), "TDM901", "tdm-meta", MINING, ALL_MINING, "/, meta tdm-reservation"),
    Alone("a TDM policy", home("<p>Werk", "tdm-policy: {site}/p.json") | text("/p.json", json.dumps(OFFER), "application/json"), "TDP901", "tdm-policy"),
    Alone("Content-Usage in a header", home("<p>Werk", "Content-Usage: train-ai=n"), "CUH901", "content-usage-header", TRAINING, ONLY_TRAINING, "Content-Usage header: reserved (/"),
    Alone("noai in X-Robots-Tag", home("<p>Werk", "X-Robots-Tag: noai"), "XRT901", "x-robots-tag", TRAINING, ONLY_TRAINING, "/, header X-Robots-Tag"),
    Alone("noai in the page", home('<meta name="robots" content="noai, noimageai">'), "RBM901", "robots-meta", TRAINING, ONLY_TRAINING, "/, meta robots"),
    Alone("nosnippet", home('<meta name="robots" content="nosnippet">'), "ENG302", "search-engines", {}, {"ai-use": NAMED}, "words for search engines", "Googlebot", Use.AI_USE),
    Alone("max-snippet", home("<p>Werk", "X-Robots-Tag: max-snippet:0"), "ENG302", "search-engines", {}, {"ai-use": NAMED}, "words for search engines", "Googlebot", Use.AI_USE),
    Alone("noarchive", home('<meta name="robots" content="noarchive">'), "ENG303", "search-engines", {}, {"train-ai": NAMED, "ai-use": NAMED}, "words for search engines", "bingbot"),
    Alone("a PDF", work(type="pdf", xmp={"attributes": 'tdm:reservation="1"'}), "PDF901", "tdm-pdf", MINING, ALL_MINING, "/werk, XMP tdm:reservation", at="/werk"),
    Alone("an EPUB", work(type="epub", opf={"version": "2.0", "metas": '<meta name="tdm:reservation" content="1"/>'}), "TDE901", "tdm-epub", MINING, ALL_MINING, "/werk, package document", at="/werk"),
    Alone("plus:DataMining", work(type="jpeg", xmp={"attributes": f'plus:DataMining="{PLUS}DMI-PROHIBITED-AIMLTRAINING"'}), "MXP901", "media-xmp", TRAINING, ONLY_TRAINING, "/werk, XMP plus:DataMining", at="/werk"),
    Alone("a C2PA manifest", work(type="jpeg", c2pa=NO_TRAINING), "CAW101", "cawg", {}, {"train-ai": FAVOURABLE}, "/werk, C2PA manifest", at="/werk"),
    # What never counts, by decision: it is told.
    Alone("structured data", home('<script type="application/ld+json">{"@context":"https://schema.org","@type":"ImageObject","license":"https://atelier.example/l"}</script><p>Werk'), "SCO301", "schema-org"),
    Alone("noml", home('<meta name="robots" content="noml">'), "RBM304"),
    Alone("noml in a header", home("<p>Werk", "X-Robots-Tag: noml"), "XRT304"),
    Alone("a sentence in Dutch", home("<p>Tekst- en datamining is niet toegestaan (artikel 15o Auteurswet)."), "WRD301"),
    Alone("a sentence in English", home("<p>All rights are reserved, text and data mining included."), "WRD301"),
    Alone("a sentence in robots.txt", robots("# Text and data mining is not permitted without consent.", "User-agent: *", "Disallow:"), "WRD301", "robots-txt"),
    Alone("Cloudflare's block", robots("# BEGIN Cloudflare Managed content", "User-agent: ClaudeBot", "Disallow: /", "# END Cloudflare Managed Content"), "RBT310", "robots-txt", {}, {"train-ai": NAMED}, "/robots.txt, line 3"),
    Alone("a policy token", robots("User-agent: __usage_ai-training", "Disallow: /"), "RBT306", "robots-txt"),
    Alone("llms.txt", text("/llms.txt", "# Atelier\n"), "LLM301"),
    Alone("RSL-MEDIA", text("/.well-known/rsl-media.xml", '<rsl-media xmlns="https://rslmedia.org"/>', "application/xml"), "RSL111"),
    Alone("a Creative Commons licence", home('<link rel=license href="https://creativecommons.org/licenses/by/4.0/">'), "RSL106"),
]  # fmt: skip


@dataclass(frozen=True)
class Looked:
    """`sites`: where each row stands; `results`: what `check --format json` says of each; `folder`: where the copies are."""

    sites: Mapping[str, str]
    results: Mapping[str, Any]
    captures: Mapping[str, Any]
    printed: Any
    folder: Path


@pytest.fixture(scope="module")
def looked(farm: Farm, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    folder = tmp_path_factory.mktemp("copies")
    sites = {row.name: _published(farm, row.pages) for row in ROWS}
    words = ["check", *sites.values(), "--format", "json", "--allow-private", "--lang", "en"]
    words += [
        f"--also=sarif={folder / 'c.sarif'}",
        f"--also=junit={folder / 'c.xml'}",
        "--fail-on",
        "blocker",
    ]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1  # of the blockers that say that a whole site is open
    printed = json.loads(result.stdout)
    told = {s["site"]: s for s in printed["sites"]}
    captures = fetch([Target(site) for site in sites.values()], allow_private=True)
    return Looked(
        sites,
        {name: told[site] for name, site in sites.items()},
        dict(zip(sites, captures, strict=True)),
        printed,
        folder,
    )


def _published(farm: Farm, pages: Pages) -> str:
    """Open the site of a row; `{site}` in what it serves becomes its own address, which is known only then."""
    served = {"/": page("<p>Werk")} | pages
    site = farm.site(served)
    for path, reply in served.items():
        head, _, body = reply.raw.replace(b"{site}", site.encode()).partition(b"\r\n\r\n")
        lines = [
            line for line in head.decode("latin-1").split("\r\n") if not line.startswith("Content-Length")
        ]
        served[path] = answer(body, *lines[1:])
    return site


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_shows_in_the_verdict(looked: Looked, row: Alone) -> None:
    site, result = looked.sites[row.name], looked.results[row.name]
    assert row.finding in {finding["code"] for finding in result["findings"]}
    rows = [s for s in result["signals"] if s["signal"] == row.signal and s["state"] == row.state]
    assert [s["uses"] for s in rows] == ([] if row.signal is None else [row.told])
    (resource,) = [r for r in result["resources"] if r["url"] == f"{site}{row.at}"]
    said = {use: f"{v['strict']}/{v['protective']}/{v['audience']}" for use, v in resource["uses"].items()}
    assert {use: told for use, told in said.items() if told != "unset/unset/None"} == row.uses
    alone = {"tdmrep.json", "tdm-reservation in a header", "tdm-reservation in the page"}
    assert result["protected"] is (row.name in alone)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_explain_names_where_the_answer_rests(looked: Looked, row: Alone) -> None:
    site = looked.sites[row.name]
    told = answer_text(explain(looked.captures[row.name], site + row.at, row.agent, row.use), "en").replace(
        site, ""
    )
    lines = told.splitlines()
    uses = row.uses.get(str(row.use), "")
    begins = (
        "No:"
        if uses.startswith("reserved") or uses == NAMED
        else "Not to the letter:"
        if uses
        else "Nothing tells"
    )
    assert lines[0].startswith(begins)
    deciding = [line for line in lines if line.startswith("  ▸")]
    assert bool(deciding) is (row.deciding is not None), told
    assert (row.deciding or "") in "".join(deciding)


def test_what_is_printed_keeps_to_its_schemas(looked: Looked) -> None:
    jsonschema.Draft202012Validator(schema()).validate(looked.printed)
    log = json.loads((looked.folder / "c.sarif").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(
        json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    ).validate(log)
    assert {row.finding for row in ROWS if row.finding[3] != "9"} <= {
        r["ruleId"] for r in log["runs"][0]["results"]
    }
    etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd")).assertValid(etree.parse(looked.folder / "c.xml"))


def test_no_signal_is_left_out() -> None:
    assert {row.signal for row in ROWS} - {None} == {signal.name for signal in SIGNALS}
