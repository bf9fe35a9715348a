"""The demo shows the change on every example, with either server, and leaves nothing behind however it ends."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voorbehoud.cli import main, serve_examples
from voorbehoud.cli.examples import Example, copy_examples
from voorbehoud.cli.serve_examples import Host, HostHeader, Server, free_addresses, open_server
from voorbehoud.core.errors import UserError
from voorbehoud.package_data import site_examples

SERVERS = [pytest.param("nginx", marks=pytest.mark.needs("nginx")), "builtin"]
NAMES = ("fotograaf", "galerie", "illustrator", "muzikant", "theater")
PROTECTED = ("fotograaf", "galerie", "muzikant", "theater")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for temporary files: whatever is in it at the end was left behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def run(tmp_path: Path, temporary: Path) -> Callable[..., Result]:
    def call(*words: str, lang: str = "en") -> Result:
        report = ["--report", str(tmp_path / "report.html")]
        return CliRunner().invoke(main, ["demo", *report, "--lang", lang, *words])

    return call


@pytest.fixture
def some(tmp_path: Path) -> Callable[..., Path]:
    """Give a folder with copies of the examples named, to be spoiled."""

    def copy(*names: str) -> Path:
        for name in names:
            shutil.copytree(site_examples() / name, tmp_path / "examples" / name)
        return tmp_path / "examples"

    return copy


def left_running(folder: Path) -> list[str]:
    """Give the command lines of processes that work in `folder`."""
    lines = (path.read_bytes().replace(b"\0", b" ").decode(errors="replace") for path in _command_lines())
    return [line for line in lines if str(folder) in line]


def _command_lines() -> Iterator[Path]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            path.read_bytes()
        except OSError:
            continue  # it ended meanwhile
        yield path


# ---- the story ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "lang", "no", "yes", "end"),
    [
        pytest.param(
            "nginx",
            "nl",
            "✗ Niet",
            "✓ Voorbehouden",
            "zoals het voorbeeld belooft",
            marks=pytest.mark.needs("nginx"),
        ),
        ("builtin", "en", "✗ Not", "✓ Reserved", "what the example promises"),
    ],
)
def test_the_demo_shows_the_change(
    run: Callable[..., Result],
    tmp_path: Path,
    temporary: Path,
    kind: str,
    lang: str,
    no: str,
    yes: str,
    end: str,
) -> None:
    result = run("--server", kind, lang=lang)
    assert result.exit_code == 0, result.output
    rows = {name: row for name in NAMES for row in _rows(result.stdout, name)}
    for name in NAMES:
        assert no in rows[name].partition("✓")[0]
        assert (yes in rows[name]) is (name in PROTECTED)
    assert end in result.stdout
    assert f"({kind})" in result.stderr
    report = tmp_path / "report.html"
    assert str(report) in result.stdout
    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert f'<html lang="{lang}"' in page
    assert list(temporary.iterdir()) == []
    assert left_running(temporary) == []


def _rows(table: str, name: str) -> Iterator[str]:
    """Yield the row of `name`: from the line that begins with it to the next name."""
    if found := re.search(rf"^ *{name}\b.*?(?=^ *(?:{'|'.join(NAMES)})\b|\Z)", table, re.M | re.S):
        yield found[0]


def test_a_verdict_that_is_not_expected_ends_with_1(
    run: Callable[..., Result], some: Callable[..., Path]
) -> None:
    examples = some("fotograaf")
    expected = examples / "fotograaf" / "expected.yaml"
    text = expected.read_text(encoding="utf-8")
    changed = text.replace("EFF901, ", "TDF201, ").replace("search: not-reserved", "search: reserved")
    expected.write_text(changed, encoding="utf-8")
    result = run("--server", "builtin", "--examples", str(examples))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-3:] == [
        "fotograaf, after: search: not-reserved, expected reserved",
        "fotograaf, after: TDF201 is missing",
        "2 verdicts are not what the examples promise.",
    ]


def test_music_at_another_origin_is_covered_only_by_files_of_that_origin(
    run: Callable[..., Result], some: Callable[..., Path]
) -> None:
    examples = some("muzikant")
    declaration = examples / "muzikant" / "voorbehoud.yaml"
    text = declaration.read_text(encoding="utf-8")
    assert "    folder: media\n" in text
    declaration.write_text(text.replace("    folder: media\n", ""), encoding="utf-8")
    served = examples / "muzikant" / "served.yaml"
    served.write_text(
        served.read_text(encoding="utf-8").replace("headers: true", "headers: false"), encoding="utf-8"
    )
    result = run("--server", "builtin", "--examples", str(examples))
    assert result.exit_code == 1
    assert "muzikant, after: protected: false, expected true" in result.stderr
    assert "muzikant, after: EFF403 is there" in result.stderr


def test_a_conflict_is_told_and_nothing_is_written(
    run: Callable[..., Result], some: Callable[..., Path]
) -> None:
    examples = some("fotograaf")
    page = examples / "fotograaf" / "public" / "index.html"
    page.write_bytes(
        page.read_bytes().replace(b"<title>", b'<meta name="tdm-reservation" content="0">\n  <title>')
    )
    result = run("--server", "builtin", "--examples", str(examples), lang="nl")
    assert result.exit_code == 1
    told = re.search(r"^fotograaf, publish: (.*)$", result.stderr, re.MULTILINE)
    assert told is not None
    assert "de pagina heeft een eigen tag tdm-reservation die “0” zegt" in told[1]
    assert "fotograaf, after: protected: false, expected true" in result.stderr


# ---- what the user can do wrong ----------------------------------------------------------------------------------------
def test_a_report_that_cannot_be_written_is_told_first(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("--report", str(tmp_path / "nowhere" / "report.html"))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{tmp_path}/nowhere/report.html: cannot be written")
    assert "example sites are up" not in result.stderr


def test_a_folder_without_examples(run: Callable[..., Result], tmp_path: Path, temporary: Path) -> None:
    result = run("--examples", str(tmp_path))
    assert result.exit_code == 2
    assert f"{tmp_path}: no example here" in result.stderr
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("after: {protected: maybe}")])
def test_an_expectation_that_cannot_be_used(
    run: Callable[..., Result], some: Callable[..., Path], temporary: Path, spoil: Callable[[Path], object]
) -> None:
    examples = some("fotograaf")
    spoil(examples / "fotograaf" / "expected.yaml")
    result = run("--examples", str(examples))
    assert result.exit_code == 2
    assert "expected.yaml: cannot be " in result.stderr
    assert list(temporary.iterdir()) == []


def test_nginx_that_is_not_there(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_examples, "find_nginx", lambda: None)
    result = run("--server", "nginx")
    assert result.exit_code == 2
    assert "--server builtin" in result.stderr


# ---- the end, whatever brings it ---------------------------------------------------------------------------------------
@pytest.mark.needs("nginx")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind(tmp_path: Path, number: signal.Signals, code: int) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    # A test run in the background may have inherited that Ctrl-C is ignored; a person's demo has not.
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = listens + "from voorbehoud.cli import main; main(['demo', '--server', 'nginx', '--lang', 'en'])"
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        cwd=tmp_path, env=os.environ | {"TMPDIR": str(temporary)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "crawler" in line:
            break
    assert left_running(temporary), "nginx is up by now"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert out == ""
    assert list(temporary.iterdir()) == []
    assert left_running(temporary) == []
    assert not (tmp_path / "voorbehoud-demo.html").exists()


# ---- the two servers ---------------------------------------------------------------------------------------------------
@pytest.fixture
def hosts(tmp_path: Path) -> tuple[Host, ...]:
    """Two hosts that use everything a host can be told."""
    robots = tmp_path / "robots.txt"
    robots.write_text("User-agent: *\nDisallow: /cdn\n")
    first, second = free_addresses(2)
    headers = (
        HostHeader("/", "X-Seen", "1"),
        HostHeader("/beeld/", "Link", '<x>; rel="y"'),
        HostHeader("/", "X-Seen", "2"),
    )
    instead = (("/.well-known/", None), ("/robots.txt", robots))
    return (
        Host(*first, site_examples() / "fotograaf" / "public", headers, instead=instead),
        Host(*second, site_examples() / "theater" / "public"),
    )


def ask(host: Host, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Give status, headers that matter, and the body of an answer that is found."""
    asked = http.client.HTTPConnection(host.address, host.port, timeout=5)
    asked.request("GET", path)
    answer = asked.getresponse()
    body = answer.read()
    asked.close()
    kept = {"content-type", "location", "link", "x-seen"}
    headers = [(name.lower(), value) for name, value in answer.getheaders() if name.lower() in kept]
    return answer.status, sorted(headers), body if answer.status == 200 else b""


PATHS = (
    "/",
    "/index.html",
    "/stijl.css",
    "/beeld/molen.jpg",
    "/beeld/nope.jpg",
    "/werk",
    "/robots.txt",
    "/.well-known/tdmrep.json",
)


@pytest.mark.needs("nginx")
def test_both_servers_answer_alike(hosts: tuple[Host, ...], tmp_path: Path) -> None:
    told = []
    for kind in ("nginx", "builtin"):
        run = tmp_path / kind
        run.mkdir()
        with open_server(kind, run) as server:
            assert server.name == kind
            server.serve(hosts)
            told.append([ask(host, path) for host in hosts for path in PATHS])
    assert told[0] == told[1]
    home, _, _, image, missing, folder, robots, hidden = told[0][: len(PATHS)]
    assert [home[0], image[0], missing[0], folder[0], robots[0], hidden[0]] == [200, 200, 404, 301, 200, 404]
    assert home[1] == [("content-type", "text/html"), ("x-seen", "1"), ("x-seen", "2")]
    assert ("link", '<x>; rel="y"') in image[1]
    assert ("x-seen", "2") in missing[1]
    assert robots[2] == b"User-agent: *\nDisallow: /cdn\n"


@pytest.mark.parametrize("kind", SERVERS)
def test_what_is_served_can_be_replaced(hosts: tuple[Host, ...], tmp_path: Path, kind: str) -> None:
    with open_server(kind, tmp_path) as server:
        server.serve(hosts)
        for number in range(3):
            changed = replace(hosts[0], headers=(HostHeader("/", "X-Seen", f"new {number}"),))
            server.serve([changed, *hosts[1:]])
            assert ("x-seen", f"new {number}") in ask(hosts[0], "/")[1]


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(
    "path", ["/../served.yaml", "/beeld/../../served.yaml", "/%2e%2e/served.yaml", "/..%2fserved.yaml"]
)
def test_nothing_outside_the_folder_is_served(
    hosts: tuple[Host, ...], tmp_path: Path, kind: str, path: str
) -> None:
    with open_server(kind, tmp_path) as server:
        server.serve(hosts)
        assert ask(hosts[0], path)[0] in {400, 404}


@pytest.mark.needs("nginx")
def test_a_configuration_that_nginx_refuses(
    hosts: tuple[Host, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_server("nginx", tmp_path) as server:
        server.serve(hosts)
        monkeypatch.setattr(serve_examples, "_configuration", lambda *_: "nonsense;")
        with pytest.raises(UserError, match=r"(?s)nginx refused .*nonsense"):
            server.serve(hosts)
        assert ask(hosts[0], "/")[0] == 200, "what was served before still is"


@pytest.mark.parametrize("kind", SERVERS)
def test_a_port_that_is_taken_is_told(hosts: tuple[Host, ...], tmp_path: Path, kind: str) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with open_server(kind, first) as server, open_server(kind, second) as late:
        server.serve(hosts)
        with pytest.raises(UserError, match="Address already in use"):
            late.serve(hosts)


def test_a_machine_with_one_loopback_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_examples, "FIRST_ADDRESS", 300)  # 127.0.0.300 is no address, here or on a Mac
    found = free_addresses(3)
    assert {address for address, _ in found} == {"127.0.0.1"}
    assert len({port for _, port in found}) == 3


# ---- the copies ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def copies(tmp_path: Path) -> tuple[Example, ...]:
    return copy_examples(site_examples(), tmp_path / "copies")


def test_a_copy_speaks_of_loopback_only(copies: tuple[Example, ...], tmp_path: Path) -> None:
    assert tuple(example.name for example in copies) == NAMES
    for example in copies:
        assert example.wish.site.startswith("http://127.")
        assert len(example.hosts(published=False)) == 1 + len(example.wish.media)
    for path in (tmp_path / "copies").rglob("*.html"):
        assert not re.search(rb"https://[\w.]+\.example", path.read_bytes()), path


def test_a_copy_is_otherwise_the_same(copies: tuple[Example, ...]) -> None:
    for example in copies:
        for path in (path for path in example.original.rglob("*") if path.is_file()):
            copy = (example.home / path.relative_to(example.original)).read_bytes()
            if path.suffix in {".jpg", ".png", ".webp", ".mp3", ".pdf", ".epub"}:
                assert copy == path.read_bytes()
            assert copy.count(b"\r\n") == path.read_bytes().count(b"\r\n")


def test_a_host_serves_what_it_allows(copies: tuple[Example, ...]) -> None:
    hosts = {example.name: example.hosts(published=True)[0] for example in copies}
    assert hosts["fotograaf"].ours is not None
    assert hosts["illustrator"].ours is None
    assert dict(hosts["illustrator"].instead)["/.well-known/"] is None
    rewritten = dict(hosts["galerie"].instead)["/robots.txt"]
    assert rewritten is not None
    assert rewritten.read_bytes().startswith(b"# BEGIN Cloudflare Managed content")
    assert rewritten.read_bytes().endswith(b"Disallow: /oud/\r\n")


def test_a_server_is_closed_when_the_block_fails(hosts: tuple[Host, ...], tmp_path: Path) -> None:
    def fail(server: Server) -> None:
        server.serve(hosts)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError), open_server("builtin", tmp_path) as server:
        fail(server)
    with pytest.raises(OSError, match="refused"):
        ask(hosts[0], "/")
