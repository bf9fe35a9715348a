"""`publish --target NAME --reload` on a running server: what it refuses, or sends otherwise, is put back and kept aside."""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import servers
from servers import Place, ask, command
from voorbehoud.cli import main
from voorbehoud.publish.reload import LIVE, Live, config_plan, install
from voorbehoud.publish.targets.nginx_blocks import blocks_without
from voorbehoud.publish.targets.sending import Part

DECLARATION = """\
declared-by: {{name: Sanne, contact: sanne@atelier.example}}
site: http://127.0.0.1:{port}
since: 2026-11-01
exceptions: [{{path: /pers/, allow: [tdm, train-ai]}}]
"""
BLOCKS = """\
        location ~* \\.(jpg|png)$ { add_header Cache-Control "public"; }
        location /pers/ { add_header X-Pers "ja"; }
"""


@dataclass
class Host:
    """A server that reads what is put into `folder`, if its administrator has said so."""

    name: str
    at: Place
    home: Path
    file: Path

    @property
    def folder(self) -> Path:
        return self.at.run / "ours"

    def publish(self, *more: str, test: str = "", reload: str = "", reloading: bool = True) -> Result:
        kind = servers.KINDS[self.name]
        words = {
            "nginx": ("-s", "reload", "-p", "{run}", "-c", "{}"),
            "apache": ("-k", "graceful", "-f", "{}"),
        }[self.name]
        testing = test or shlex.join(command(kind, self.at, self.file, kind.test))
        with_words = reload or shlex.join(command(kind, self.at, self.file, words))
        return CliRunner(env={"HOME": str(self.at.run)}).invoke(
            main,
            ["publish", str(self.at.site), "--declaration", str(self.home / "voorbehoud.yaml"), "--yes", "--lang", "en",
             "--target", self.name, *(["--reload"] if reloading else []), "--server-folder", str(self.folder), "--allow-private",
             "--test-with", testing, "--reload-with", with_words, *more],
        )  # fmt: skip

    def files(self) -> list[str]:
        return sorted(
            path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.*") if path.is_file()
        )

    def site_name(self) -> str:
        return f"127.0.0.1_{self.at.port}"


def nginx_with(includes: bool, blocks: str = "") -> "Callable[[Place], Path]":
    def configure(at: Place) -> Path:
        http = f"include {at.run}/ours/http/*.conf;" if includes else ""
        server = f"include {at.run}/ours/127.0.0.1_{at.port}/*.conf;" if includes else ""
        file = servers.nginx(at)
        text = file.read_text().replace("gzip on;", f"gzip on; {http}")
        file.write_text(text.replace("index index.html;", f"index index.html; {server}\n{blocks}"))
        return file

    return configure


def apache(at: Place) -> Path:
    file = servers.apache(at)
    include = f"IncludeOptional {at.run}/ours/127.0.0.1_{at.port}/*.conf\n</VirtualHost>"
    file.write_text(file.read_text().replace("</VirtualHost>", include))
    return file


@pytest.fixture
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    name, configure = request.param
    with (
        servers.site_of({}) as site,
        servers.application() as app,
        servers.running(servers.KINDS[name], site, app, configure=configure) as at,
    ):
        (tmp_path / "voorbehoud.yaml").write_text(DECLARATION.format(port=at.port), encoding="utf-8")
        yield Host(name, at, tmp_path, at.run / f"{name}.conf")


def on(name: str, configure: object) -> pytest.MarkDecorator:
    program = servers.KINDS[name].program
    return pytest.mark.parametrize(
        "host", [pytest.param((name, configure), marks=pytest.mark.needs(program), id=name)], indirect=True
    )


@on("nginx", nginx_with(includes=True))
def test_nginx_sends_it_from_the_next_request_on_and_the_deaf_blocks_are_named(host: Host) -> None:
    done = host.publish()
    assert done.exit_code == 0, done.stderr
    assert host.files() == [
        f"{host.site_name()}/headers.conf", f"{host.site_name()}/once.conf", f"http/{host.site_name()}.conf"
    ]  # fmt: skip
    assert ask(host.at.port, "/").all("tdm-reservation") == ["1"]
    assert ask(host.at.port, "/werk/foto.jpg").all("tdm-reservation") == []
    assert "location ~* \\.(jpg|png)$ has an add_header of its own" in done.stderr
    assert f"include {host.folder}/{host.site_name()}/headers.conf;" in done.stderr


@on("nginx", nginx_with(includes=True, blocks="location = /.well-known/tdmrep.json { return 204; }"))
def test_what_nginx_refuses_is_never_left_there(host: Host) -> None:
    done = host.publish()
    kept = host.home / ".voorbehoud" / "refused" / host.site_name() / "once.conf"
    assert done.exit_code == 2
    assert "nginx refused the new configuration (" in done.stderr
    assert "exit 1): " in done.stderr
    assert 'duplicate location "/.well-known/tdmrep.json"' in done.stderr
    assert (
        f"Nothing was changed; the refused files are kept in {host.home / '.voorbehoud' / 'refused'}."
        in done.stderr
    )
    assert "location = /.well-known/tdmrep.json" in kept.read_text(encoding="utf-8")
    assert host.files() == []
    assert servers.tested(servers.KINDS["nginx"], host.at) == ""
    assert ask(host.at.port, "/").all("tdm-reservation") == []


@on("nginx", nginx_with(includes=False))
def test_what_is_not_seen_from_outside_is_put_back(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voorbehoud.look.LOOKS", 1)
    done = host.publish()
    assert done.exit_code == 2
    assert "nginx took the new configuration, but from outside it is not right: " in done.stderr
    assert "Nothing was changed" in done.stderr
    assert host.files() == []


@on("nginx", nginx_with(includes=True))
def test_a_reload_that_fails_is_put_back_and_an_older_version_returns(host: Host) -> None:
    assert host.publish(reloading=False).exit_code == 0
    before = {name: (host.folder / name).read_bytes() for name in host.files()}
    text = (host.home / "voorbehoud.yaml").read_text(encoding="utf-8")
    (host.home / "voorbehoud.yaml").write_text(text.replace("/pers/", "/ander/"), encoding="utf-8")
    done = host.publish(reload="false")
    assert done.exit_code == 2
    assert "nginx refused to reload (false, exit 1): it said nothing." in done.stderr
    assert {name: (host.folder / name).read_bytes() for name in host.files()} == before


@on("nginx", nginx_with(includes=True))
def test_a_configuration_that_was_broken_already_is_told_apart(host: Host) -> None:
    done = host.publish(test="false")
    assert "nginx refused its configuration without our files too (false, exit 1)" in done.stderr
    assert host.files() == []


@on("nginx", nginx_with(includes=True))
def test_undo_takes_the_configuration_away_and_a_strange_file_is_left_alone(host: Host) -> None:
    done = host.publish(reloading=False)
    assert done.exit_code == 0
    assert f"server {{ include {host.folder}/{host.site_name()}/*.conf; }}" in done.stderr
    (host.folder / host.site_name() / "once.conf").write_text("# mine\n")
    done = host.publish()
    assert done.exit_code == 2
    assert "not as voorbehoud wrote it" in done.stderr
    undone = CliRunner().invoke(
        main,
        [
            "publish",
            str(host.at.site),
            "--declaration",
            str(host.home / "voorbehoud.yaml"),
            "--undo",
            "--yes",
        ],
    )
    assert undone.exit_code == 0
    assert host.files() == [f"{host.site_name()}/once.conf"]


@on("apache", apache)
def test_apache_too(host: Host) -> None:
    done = host.publish()
    assert done.exit_code == 0, done.stderr
    assert ask(host.at.port, "/werk/foto.jpg").all("tdm-reservation") == ["1"]
    assert ask(host.at.port, "/pers/foto.jpg").all("tdm-reservation") == ["0"]


def test_a_reload_without_a_target_is_asked_about(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["publish", str(tmp_path), "--reload"])
    assert done.exit_code == 2
    assert "--target" in done.stderr


def test_every_live_server_says_how_it_is_included() -> None:
    for name, live in LIVE.items():
        assert live.lines("https://atelier.example"), name
        assert all(
            "atelier.example" in line or "/http/" in line for line in live.lines("https://atelier.example")
        )


def test_stopped_while_the_server_is_asked_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop() -> str | None:
        raise KeyboardInterrupt

    live = Live(tmp_path / "ours", ("true",), ("true",), ())
    config = config_plan([Part("e.nl/headers.conf", "x")], live.folder, tmp_path / ".voorbehoud")
    with pytest.raises(KeyboardInterrupt):
        install("nginx", live, config, tmp_path / ".voorbehoud", reload=True, look=stop)
    assert not live.folder.exists()


# ---- which blocks lose the headers ---------------------------------------------------------------------------------------
PART = "/etc/nginx/voorbehoud/e.nl/headers.conf"


@pytest.mark.parametrize(
    ("inside", "lost"),
    [
        ("location /a { root /x; }", []),
        ("location /a { add_header X 1; }", ["location /a"]),
        ("location /a { add_header X 1; include voorbehoud/e.nl/headers.conf; }", []),
        ("location /a { add_header X 1; include /etc/nginx/voorbehoud/e.nl/*.conf; }", []),
        ("location /a { location /b { add_header X 1; } }", ["location /b"]),
        ("location /a { add_header X 1; location /b { root /x; } }", ["location /a"]),
        ("location /a { if ($x) { add_header X 1; } }", ["if ($x)"]),
        ("add_header_inherit merge; location /a { add_header X 1; }", []),
        ('location /a { return 200 "} add_header X 1; {"; }', []),
        ("location ~ \\.(a|b){1}$ { expires 1d; } # add_header X 1;", []),
        ("location /a { # } add_header\n add_header X 1; }", ["location /a"]),
    ],
)  # fmt: skip
def test_blocks_that_lose_the_headers_are_found(inside: str, lost: list[str]) -> None:
    dump = (
        "# configuration file /etc/nginx/nginx.conf:\nhttp {\n include sites/*;\n}\n\n"
        f"# configuration file /etc/nginx/sites/e:\nserver {{\n include voorbehoud/e.nl/*.conf;\n {inside}\n}}\n"
        "server { location /z { add_header X 1; } }\n"
    )
    found = blocks_without(dump, PART)
    assert [block.name for block in found] == lost
    assert all(block.file == "/etc/nginx/sites/e" and block.line >= 3 for block in found)
