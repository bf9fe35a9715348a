"""The commands, run as their users run them: what they print, where, and how they end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voorbehoud import cli
from voorbehoud.cli import main
from voorbehoud.declaration.load import load

YES = [
    "--yes",
    "--name",
    "Atelier Voorbeeld",
    "--email",
    "rechten@atelier.example",
    "--site",
    "https://atelier.example",
]
PAGE = "<!doctype html>\n<html>\n<head>\n  <meta charset=utf-8>\n  <title>Werk</title>\n</head>\n<body><img src=a.jpg></body>\n</html>\n"


def run(*words: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=stdin)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a whole picture")
    return folder


@pytest.fixture
def declared(site: Path) -> Path:
    assert run("init", site, *YES).exit_code == 0
    return site


# ---- init ------------------------------------------------------------------------------------------------------------
def test_init_writes_a_declaration_that_loads(declared: Path) -> None:
    wish = load((declared / "voorbehoud.yaml").read_text(), "voorbehoud.yaml")
    assert (wish.declarer.name, wish.site) == ("Atelier Voorbeeld", "https://atelier.example")


@pytest.mark.parametrize(
    ("lang", "question"), [("nl", "Wie maakt het voorbehoud"), ("en", "Who makes the reservation")]
)
def test_init_asks_in_the_language_of_its_user(site: Path, lang: str, question: str) -> None:
    answers = ["Jo 'de' \"Vries\": #1", "person", "jo@example.nl", "www.jo.example/", "", "ask", ""]
    result = run("init", site, "--lang", lang, stdin="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert question in result.stderr
    wish = load((site / "voorbehoud.yaml").read_text(), "voorbehoud.yaml")
    assert (wish.declarer.name, wish.site, wish.languages[0]) == (answers[0], "https://www.jo.example", lang)


def test_init_never_overwrites(declared: Path) -> None:
    before = (declared / "voorbehoud.yaml").read_bytes()
    result = run("init", declared, *YES)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (declared / "voorbehoud.yaml").read_bytes() == before


def test_init_yes_names_what_it_misses(site: Path) -> None:
    result = run("init", site, "--yes", "--name", "X")
    assert result.exit_code == 2
    assert "--email, --site" in result.stderr


def test_init_refuses_what_could_not_be_read_back(site: Path) -> None:
    result = run(
        "init", site, "--yes", "--name", "X", "--email", "no address", "--site", "https://a.example/path"
    )
    assert result.exit_code == 2
    assert not (site / "voorbehoud.yaml").exists()


def test_init_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = run("init", tmp_path / "nowhere", *YES)
    assert result.exit_code == 2
    assert "no such folder" in result.stderr


# ---- publish -----------------------------------------------------------------------------------------------------------
def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".voorbehoud" not in file.parts
    }


def test_publish_check_undo(declared: Path) -> None:
    before = contents(declared)
    assert run("publish", declared, "--check").exit_code == 1
    assert contents(declared) == before
    assert run("publish", declared, "--yes").exit_code == 0
    assert {"robots.txt", ".well-known/tdmrep.json", "ai-voorbehoud/index.html"} <= contents(declared).keys()
    assert "ai.txt" not in contents(declared)
    assert run("publish", declared, "--check").exit_code == 0
    assert run("publish", declared, "--undo", "--yes").exit_code == 0
    assert contents(declared) == before
    assert not (declared / ".voorbehoud").exists()


def test_publish_shows_a_diff_and_asks(declared: Path) -> None:
    before = contents(declared)
    refused = run("publish", declared, "--lang", "en", stdin="n\n")
    assert "+++ b/index.html" in refused.stdout
    assert '+  <meta name="tdm-reservation" content="1">' in refused.stdout
    assert refused.exit_code == 0
    assert contents(declared) == before
    assert run("publish", declared, "--lang", "en", stdin="y\n").exit_code == 0
    assert contents(declared) != before


def test_publish_leaves_a_contradiction_alone_and_says_so(declared: Path) -> None:
    page = declared / "index.html"
    page.write_text(PAGE.replace("<title>", '<meta name="tdm-reservation" content="0"><title>'))
    before = page.read_bytes()
    result = run("publish", declared, "--yes", "--lang", "en")
    assert result.exit_code == 1
    assert "index.html" in result.stderr
    assert page.read_bytes() == before


@pytest.mark.parametrize(
    ("lang", "conflict", "note"),
    [
        ("nl", "Tegenspraak: {place}: de pagina heeft een eigen tag", "Let op: {left}: zo gelaten: dit is een stukje"),
        ("en", "Conflict: {place}: the page has its own", "Note: {left}: left as it is: this is a fragment"),
    ],
)  # fmt: skip
def test_publish_speaks_the_language_of_its_user(declared: Path, lang: str, conflict: str, note: str) -> None:
    page, left = declared / "index.html", declared / "deel.html"
    page.write_text(PAGE.replace("<title>", '<meta name="tdm-reservation" content="0"><title>'))
    left.write_text("<p>deel</p>")
    told = run("publish", declared, "--yes", "--lang", lang).stderr.splitlines()
    assert any(line.startswith(conflict.format(place=f"{page}:5")) for line in told), told
    assert any(line.startswith(note.format(left=left)) for line in told), told


def test_undo_speaks_dutch(declared: Path) -> None:
    run("publish", declared, "--yes")
    page = declared / "index.html"
    page.write_text(page.read_text().replace("<img", "nieuw <img"))
    told = run("publish", declared, "--undo", "--yes", "--lang", "nl").stderr
    assert f"Let op: {page}: na het publiceren gewijzigd: onze regels zijn eruit gehaald" in told


def test_what_a_file_says_cannot_steer_the_terminal(declared: Path) -> None:
    (declared / "index.html").write_text(
        PAGE.replace("<title>", '<meta name="tdm-reservation" content="\x1b[2J\n0 {url}"><title>')
    )
    (declared / "x\x1b]0;\u202ey\n.html").write_text("<p>deel</p>")
    result = run("publish", declared, "--yes", "--lang", "nl")
    assert r"“\x1b[2J\n0 {url}”" in result.stderr
    assert r"x\x1b]0;\u202ey\n.html: zo gelaten" in result.stderr
    assert {"\x1b", "\u202e"}.isdisjoint(result.output + result.stderr)


def test_publish_without_a_declaration_says_how_to_make_one(site: Path) -> None:
    result = run("publish", site)
    assert result.exit_code == 2
    assert "voorbehoud init" in result.stderr


def test_a_declaration_with_faults_tells_each_with_its_place(site: Path) -> None:
    (site / "voorbehoud.yaml").write_text(
        "declared-by: {name: X, contact: x@example.nl}\nsite: atelier.example\nsince: gisteren\nreserve: [tdm, ai-training]\nalow: [search]\n"
    )
    result = run("publish", site, "--yes")
    assert result.exit_code == 2
    places = [line.split("voorbehoud.yaml:")[1].split(": ")[0] for line in result.stderr.splitlines()]
    assert places == ["2:7", "3:8", "4:16", "5:1"]
    assert "Did you mean 'train-ai'?" in result.stderr
    assert sorted(contents(site)) == ["a.jpg", "index.html", "voorbehoud.yaml"]


def test_a_declaration_that_cannot_be_read(site: Path) -> None:
    result = run("publish", site, "--declaration", site)
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


# ---- check -------------------------------------------------------------------------------------------------------------
def test_check_of_a_folder_before_and_after(declared: Path) -> None:
    before = run("check", declared, "--format", "json")
    assert before.exit_code == 1
    assert json.loads(before.stdout)["sites"][0]["protected"] is False
    run("publish", declared, "--yes")
    after = run("check", declared, "--format", "json")
    assert after.exit_code == 0, after.output
    site = json.loads(after.stdout)["sites"][0]
    assert (site["site"], site["protected"]) == ("https://atelier.example", True)
    assert {resource["kind"] for resource in site["resources"]} == {"page", "image"}


def test_check_reads_targets_from_a_pipe(declared: Path) -> None:
    result = run("check", "-", "--format", "json", stdin=f"# members\n{declared}\n\n{declared}\n")
    assert len(json.loads(result.stdout)["sites"]) == 2


def test_check_of_an_empty_pipe() -> None:
    assert run("check", "-").exit_code == 2


@pytest.mark.parametrize(
    "word",
    ["./nowhere", "/nowhere/at/all", "https://", "http://[", "ftp://a.example", "https://a.example:99999"],
)
def test_check_of_what_is_no_target(word: str) -> None:
    result = run("check", word)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "https://" in result.stderr


def test_a_site_that_cannot_be_fetched_ends_with_3() -> None:
    result = run("check", "http://127.0.0.1:9", "--allow-private", "--format", "json")
    assert result.exit_code == 3
    site = json.loads(result.stdout)["sites"][0]
    assert (site["protected"], site["reachable"], site["uses"]["tdm"]["strict"]) == (
        False,
        False,
        "undetermined",
    )


def test_loopback_is_refused_unless_switched_on() -> None:
    result = run("check", "http://127.0.0.1:9", "--format", "json")
    assert result.exit_code == 3
    assert "forbidden-address" in result.stdout


@pytest.mark.parametrize(("limit", "code"), [("blocker", 1), ("error", 1), ("never", 0)])
def test_fail_on(site: Path, limit: str, code: int) -> None:
    assert run("check", site, "--fail-on", limit).exit_code == code


def test_check_writes_a_file_and_keeps_stdout_empty(declared: Path, tmp_path: Path) -> None:
    result = run("check", declared, "--format", "html", "-o", tmp_path / "report.html")
    assert result.stdout == ""
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_a_closed_pipe_ends_in_silence(site: Path) -> None:
    script = f"{sys.executable} -m voorbehoud check {site} | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


# ---- explain -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("lang", "word"), [("nl", "Waarom"), ("en", "Why")])
def test_explain_a_code(lang: str, word: str) -> None:
    result = run("explain", "eff405", "--lang", lang)
    assert result.exit_code == 0
    assert "EFF405" in result.stdout
    assert word in result.stdout


def test_explain_what_is_no_code() -> None:
    assert run("explain", "XYZ999").exit_code == 2


def test_explain_a_url_needs_agent_and_use() -> None:
    result = run("explain", "https://atelier.example/")
    assert result.exit_code == 2
    assert "--agent" in result.stderr


# ---- the whole -------------------------------------------------------------------------------------------------------------
def test_server_prints_nginx(declared: Path) -> None:
    result = run("server", "nginx", declared)
    assert result.exit_code == 0
    assert "add_header tdm-reservation" in result.stdout


def test_help_names_every_verb() -> None:
    said = run("--help").stdout
    files = {file.stem for file in Path(cli.__file__).parent.glob("*.py")}
    assert set(main.commands) == {name for name in files if f"\n  {name} " in said}
    assert all(command.name == name for name, command in main.commands.items())


def test_a_misspelt_verb_is_told_the_right_one() -> None:
    done = run("chek")
    assert done.exit_code == 2
    assert "'check'" in done.stderr


ALONE = """
import sys
from voorbehoud.cli import main
main(["--help"], standalone_mode=False)
print(*{"yaml", "sqlalchemy", "jinja2"} & sys.modules.keys(), file=sys.stderr)
import voorbehoud.survey.crawl
print(*{"scrapy", "voorbehoud.signals"} & sys.modules.keys(), file=sys.stderr)
"""


def test_nobody_waits_for_the_import_of_what_they_do_not_use() -> None:
    """The help needs next to nothing; who hands sites out and keeps what comes back neither Scrapy nor the signals."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert "Commands:" in done.stdout
    assert done.stderr.split() == []


def test_python_dash_m_works() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voorbehoud", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("voorbehoud")
