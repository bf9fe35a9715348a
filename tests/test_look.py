"""From a word of the user's to a verdict or an answer, over real sockets on loopback."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import voorbehoud
from awkward_servers import Farm, answer, page
from voorbehoud.cli import main
from voorbehoud.core.errors import UserError
from voorbehoud.core.use import Use
from voorbehoud.look import Target, target_of

pytest_plugins = ["awkward_servers"]

ROBOTS = b"User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow:\nContent-Usage: train-ai=n, search=y\n"
FILE = b'[{"location": "/", "tdm-reservation": 1}]'


@pytest.fixture(scope="module")
def site(farm: Farm) -> str:
    return farm.site(
        {
            "/": page('<img src="/a.jpg">'),
            "/a.jpg": answer(b"\xff\xd8\xff\xe0", "Content-Type: image/jpeg"),
            "/robots.txt": answer(ROBOTS, "Content-Type: text/plain"),
            "/.well-known/tdmrep.json": answer(FILE, "Content-Type: application/json"),
        }
    )


def run(*words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--allow-private", "--lang", "en"])


def test_a_site_is_fetched_and_judged(site: str) -> None:
    verdict = voorbehoud.check(site, allow_private=True)
    assert verdict.protected
    assert {resource.url.removeprefix(site) for resource in verdict.resources} == {"/", "/a.jpg"}


def test_two_sites_come_back_in_the_order_asked(site: str, farm: Farm) -> None:
    bare = farm.site({"/": page("nothing here")})
    result = run("check", bare, site, bare, "--format", "json")
    assert [s["protected"] for s in json.loads(result.stdout)["sites"]] == [False, True, False]
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("2/2 ")


def test_html_where_json_should_be_is_no_file(farm: Farm) -> None:
    shell = page("<div id=app></div>")
    verdict = voorbehoud.check(
        farm.site(dict.fromkeys(["/", "/robots.txt", "/.well-known/tdmrep.json"], shell)), allow_private=True
    )
    states = {signal.signal: str(signal.state) for signal in verdict.signals}
    assert (states["tdm-file"], states["robots-txt"], verdict.protected) == ("broken", "broken", False)


@pytest.mark.parametrize(
    ("agent", "use", "begins", "place"),
    [
        ("GPTBot", "train-ai", "No:", "robots.txt, line 2"),
        ("GPTBot", "search", "No:", "robots.txt, line 2"),
        ("Somebody", "train-ai", "No:", "robots.txt, line 6"),
        ("Somebody", "tdm", "No:", "tdmrep.json"),
        ("Somebody", "search", "Yes:", "robots.txt, line 6"),
        ("Somebody", "ai-use", "Nothing tells", ""),
    ],
)
def test_explain_names_the_deciding_line(site: str, agent: str, use: str, begins: str, place: str) -> None:
    result = run("explain", f"{site}/a.jpg", "--agent", agent, "--use", use)
    assert result.exit_code == 0, result.output
    answer_line, _, *signals = result.stdout.splitlines()
    assert answer_line.startswith(begins)
    deciding = [line for line in signals if line.startswith("  ▸")]
    assert bool(deciding) is bool(place)
    assert place in "".join(deciding)


def test_explain_cannot_tell_what_it_could_not_fetch(farm: Farm) -> None:
    site = farm.site({"/": page(""), "/.well-known/tdmrep.json": answer(status="503 Later")})
    result = run("explain", f"{site}/", "--agent", "GPTBot", "--use", "tdm")
    assert result.exit_code == 3
    assert "could not be fetched" in result.stdout


@pytest.mark.parametrize(
    ("word", "target"),
    [
        ("atelier.example", Target("https://atelier.example")),
        ("http://Atelier.example:8080/", Target("http://atelier.example:8080")),
        (
            "https://atelier.example/werk?id=1",
            Target("https://atelier.example", pages=("https://atelier.example/werk?id=1",)),
        ),
        ("https://bücher.example", Target("https://xn--bcher-kva.example")),
    ],
)
def test_what_a_user_means(word: str, target: Target) -> None:
    assert target_of(word, None, ()) == target


def test_media_of_a_declaration_are_looked_at_in_its_folders(tmp_path: Path) -> None:
    (tmp_path / "voorbehoud.yaml").write_text(
        "declared-by: {name: N, contact: n@n.example}\nsite: https://n.example\nsince: 2026-11-01\n"
        "media: [{origin: 'https://audio.example', folder: audio}]\n"
    )
    (tmp_path / "public").mkdir()
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "a.mp3").write_bytes(b"ID3")
    (tmp_path / "public" / "index.html").write_text('<audio src="https://audio.example/a.mp3"></audio>')
    verdict = voorbehoud.check(tmp_path / "public")
    assert [r.fetched for r in verdict.resources if r.url == "https://audio.example/a.mp3"] == [True]
    assert str(verdict.use(Use.TDM).strict) == "unset"


def test_media_that_have_no_folder_are_not_vouched_for(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>hi")
    (tmp_path / ".well-known").mkdir()
    (tmp_path / ".well-known" / "tdmrep.json").write_bytes(FILE)
    assert voorbehoud.check(tmp_path).protected
    verdict = voorbehoud.check(tmp_path, media=("beeld.example",))
    assert not verdict.protected
    assert [f.origin.url for f in verdict.findings if f.code == "GET108"] == ["https://beeld.example/"]
    with pytest.raises(UserError, match="--media"):
        voorbehoud.check(tmp_path, media=("http://[",))


@pytest.mark.parametrize("word", ["a" * 5000, "a/" * 3000, "./" + "a" * 5000])
def test_a_word_longer_than_any_name(word: str) -> None:
    with suppress(UserError):
        target_of(word, None, ())


def test_a_target_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        voorbehoud.check(tmp_path / "nowhere")


ALONE = {
    "trust-txt": ({"/trust.txt": answer(b"datatrainingallowed=no\n", "Content-Type: text/plain")}, "TRT901", "train-ai"),
    "noarchive": ({"/": page("<p>hi", "X-Robots-Tag: noarchive")}, "ENG303", "train-ai"),
    "nosnippet": ({"/": page('<meta name="robots" content="nosnippet">')}, "ENG302", "ai-use"),
    "noml": ({"/": page('<meta name="robots" content="noml">')}, "RBM304", None),
    "schema.org": (
        {"/": page('<script type="application/ld+json">{"@context":"https://schema.org","license":"https://e.nl"}</script>')},
        "SCO301",
        None,
    ),
    "llms.txt": ({"/llms.txt": answer(b"# hi", "Content-Type: text/plain")}, "LLM301", None),
}  # fmt: skip


def test_each_small_signal_alone_on_a_site_is_told(farm: Farm) -> None:
    """In the verdict where it says anything, else in the findings; and never as protection."""
    addresses = {name: farm.site({"/": page("<p>hi")} | replies) for name, (replies, _, _) in ALONE.items()}
    sites = json.loads(run("check", *addresses.values(), "--format", "json").stdout)["sites"]
    assert [site["site"] for site in sites] == list(addresses.values())
    for (name, (_, code, use)), site in zip(ALONE.items(), sites, strict=True):
        assert code in {finding["code"] for finding in site["findings"]}, name
        reserved = {u for u, verdict in site["uses"].items() if verdict["protective"] == "reserved"}
        assert (use in reserved) if use else not reserved, name
        assert not site["protected"], name
        assert site["uses"]["tdm"]["strict"] == "unset", name
