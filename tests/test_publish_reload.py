"""`publish --target NAME --reload` on a running server: what it refuses, or sends otherwise, is put back and kept aside."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import servers
from servers import Place, ask, command
from voorbehoud.cli import main
from voorbehoud.core.errors import UserError
from voorbehoud.publish import apply, undo, untested
from voorbehoud.publish.quoting import lighttpd_prefix, lighttpd_word
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
        words = self.words(*more, test=test, reload=reload, reloading=reloading)
        return CliRunner(env=servers.environment(self.at)).invoke(main, words)

    def words(self, *more: str, test: str = "", reload: str = "", reloading: bool = True) -> list[str]:
        kind = servers.KINDS[self.name]
        testing = test or shlex.join(command(kind, self.at, self.file, kind.test))
        with_words = reload or self.reload_words()
        return [
            "publish", str(self.at.site), "--declaration", str(self.home / "voorbehoud.yaml"), "--yes", "--lang", "en",
            "--target", self.name, *(["--reload"] if reloading else []), "--server-folder", str(self.folder), "--allow-private",
            "--test-with", testing, "--reload-with", with_words, *more,
        ]  # fmt: skip

    def reload_words(self) -> str:
        if self.name == "lighttpd":  # what `systemctl reload lighttpd` does
            return f"kill -USR1 {(self.at.run / 'pid').read_text().strip()}"
        words = {
            "nginx": ("-s", "reload", "-p", "{run}", "-c", "{}"),
            "apache": ("-k", "graceful", "-f", "{}"),
            "caddy": ("reload", "--config", "{}", "--address", "unix/{run}/admin"),
        }[self.name]
        return shlex.join(command(servers.KINDS[self.name], self.at, self.file, words))

    def declare(self, exceptions: str) -> None:
        text = DECLARATION.format(port=self.at.port)
        (self.home / "voorbehoud.yaml").write_text(
            f"{text.partition('exceptions')[0]}exceptions: {exceptions}\n"
        )

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


def caddy(at: Place) -> Path:
    """With a matcher of the maker's own that has the name of one of ours, which we use where an exception is declared."""
    file = servers.caddy(at)
    text = file.read_text().replace("admin off", f"admin unix/{at.run}/admin")
    own = f"@voorbehoud_0 path /x\n    header @voorbehoud_0 X-Eigen ja\n    import {at.run}/ours/127.0.0.1_{at.port}/*"
    file.write_text(text.replace("encode gzip", f"encode gzip\n    {own}"))
    return file


def lighttpd(at: Place) -> Path:
    """With lines of the maker's own for a path, in the words that we use where an exception is declared there."""
    file = servers.lighttpd(at)
    own = f'$HTTP["url"] =~ {lighttpd_word(lighttpd_prefix("/oud/"))} {{ setenv.set-response-header = ( "X" => "1" ) }}'
    include = f'include "{at.run}/ours/127.0.0.1_{at.port}/*.conf"'
    file.write_text(f'{file.read_text()}\nserver.pid-file = "{at.run}/pid"\n{own}\n{include}\n')
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
        yield Host(name, at, tmp_path, at.run / ("Caddyfile" if name == "caddy" else f"{name}.conf"))


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


KILLED = """
from pathlib import Path
from voorbehoud.declaration.load import load
from voorbehoud.publish.reload import config_plan, install, live_server
from voorbehoud.publish.server import server_parts
declared, state, folder = Path({declared!r}), Path({state!r}), Path({folder!r})
server = live_server({name!r}, folder, test="sh -c 'kill -9 $PPID'")
parts = server_parts({name!r}, load(declared.read_text(), "voorbehoud.yaml"))
install({name!r}, server, config_plan(parts, folder, state), state)
"""


@pytest.mark.parametrize(
    "host",
    [
        pytest.param((f.__name__, f), marks=pytest.mark.needs(f.__name__), id=f.__name__)
        for f in (caddy, lighttpd)
    ],
    indirect=True,
)
def test_caddy_and_lighttpd_from_good_to_refused_to_killed_to_good(host: Host) -> None:
    """One server that runs all along; what it answers tells what it has loaded."""

    def served() -> list[str]:
        return ask(host.at.port, "/werk/foto.jpg").all("tdm-reservation")

    assert served() == []
    host.declare("[]")
    done = host.publish()
    assert done.exit_code == 0, done.stderr
    assert served() == ["1"]
    (name,) = host.files()
    file, good = host.folder / name, (host.folder / name).read_bytes()

    host.declare("[{path: /oud/, allow: [tdm, train-ai]}]")
    done = host.publish()
    assert done.exit_code == 2
    assert f"{host.name} refused the new configuration (" in done.stderr
    assert "without our files" not in done.stderr
    state = host.home / ".voorbehoud"
    kept = state / "refused" / name
    assert f"Nothing was changed; the refused file is kept at {kept}." in done.stderr
    assert "oud" in kept.read_text()
    assert (host.files(), file.read_bytes(), served()) == ([name], good, ["1"])

    script = KILLED.format(
        declared=str(host.home / "voorbehoud.yaml"), state=str(state), folder=str(host.folder), name=host.name
    )
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert file.read_bytes() == kept.read_bytes(), "what was refused is in place, and nobody tested it"
    assert served() == ["1"]
    told = f"an earlier run was stopped before {host.name} had tested this: {file}."
    checked = host.publish("--check")
    assert (checked.exit_code, told in checked.stderr) == (1, True)
    assert file.read_bytes() == kept.read_bytes()

    host.declare("[]")
    done = host.publish(reloading=False)
    assert done.exit_code == 0, done.stderr
    assert told in done.stderr
    assert file.read_bytes() == good
    assert host.publish("--check", reloading=False).exit_code == 0


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


# ---- what a killed run leaves ------------------------------------------------------------------------------------------------
@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The folder of a server after a run that changed one file, made one and removed one, and then was killed."""
    folder, state = tmp_path / "ours", tmp_path / ".voorbehoud"
    apply(config_plan([Part("e/one", "old"), Part("e/gone", "old")], folder, state), state)
    config = config_plan([Part("e/one", "new"), Part("e/two", "new")], folder, state)
    untested.note(state, "nginx", config)
    apply(config, state)
    return folder


def test_what_a_killed_run_changed_made_and_removed_comes_back(killed: Path) -> None:
    state = killed.parent / ".voorbehoud"
    left = untested.left_untested(state)
    assert left is not None
    assert left.server == "nginx"
    untested.put_back(left, state)
    assert {file.name: file.read_text() for file in (killed / "e").iterdir()} == {"one": "old", "gone": "old"}
    assert untested.left_untested(state) is None
    undo(state)
    assert not state.exists()
    assert not killed.exists()


def test_a_file_that_was_edited_since_is_left_alone(killed: Path) -> None:
    state = killed.parent / ".voorbehoud"
    (killed / "e" / "one").write_text("mine")
    left = untested.left_untested(state)
    assert left is not None
    untested.put_back(left, state)
    assert {file.name: file.read_text() for file in (killed / "e").iterdir()} == {
        "one": "mine",
        "gone": "old",
    }


def test_undo_needs_no_other_run_first(killed: Path) -> None:
    state = killed.parent / ".voorbehoud"
    undo(state)
    assert not state.exists()
    assert not killed.exists()


def test_a_note_leads_nowhere_but_into_the_folder_of_the_server(killed: Path) -> None:
    """Somebody else's files may bring one along."""
    left = untested.left_untested(killed.parent / ".voorbehoud")
    assert left is not None
    assert left.below(killed)
    assert not left.below(killed / "e" / "one")
    change = left.back.changes[0]
    aside = replace(change, path=killed / ".." / "victim")
    assert not replace(left, back=replace(left.back, changes=(change, aside))).below(killed)


def test_a_target_that_is_not_meant_is_only_told_of_it(killed: Path) -> None:
    (killed.parent / "voorbehoud.yaml").write_text(DECLARATION.format(port=80))
    (killed.parent / "site").mkdir()
    told = CliRunner().invoke(main, ["publish", str(killed.parent / "site"), "--yes", "--lang", "en"])
    assert told.exit_code == 0
    assert "stopped before nginx had tested this" in told.stderr
    assert "`voorbehoud publish --target nginx`" in told.stderr
    words = ["publish", str(killed.parent / "site"), "--yes", "--target", "caddy", "--test-with", "true"]
    other = CliRunner().invoke(main, [*words, "--server-folder", str(killed.parent / "other")])
    assert other.exit_code == 2
    assert "`voorbehoud publish --target nginx`" in other.stderr
    assert not (killed.parent / "other").exists()
    assert (killed / "e" / "one").read_text() == "new"


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "x"}', "\udcff"])
def test_a_damaged_note_is_told_and_nothing_is_changed(killed: Path, text: str) -> None:
    state = killed.parent / ".voorbehoud"
    (state / "untested.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=r"untested\.json: .*Nothing was changed"):
        untested.left_untested(state)


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
        ("location /a { include snippets/safe.conf; }", ["location /a"]),
        ("location /a { include snippets/s?fe.conf; include snippets/ours.conf; }", []),
        ("location /a { include snippets/circle.conf; add_header X 1; }", ["location /a"]),
        ("include snippets/places.conf;", ["location /snippet"]),
        ("location /a { include /; include; }", []),
    ],
)  # fmt: skip
def test_blocks_that_lose_the_headers_are_found(inside: str, lost: list[str]) -> None:
    dump = (
        "# configuration file /etc/nginx/nginx.conf:\nhttp {\n include sites/*;\n}\n\n"
        f"# configuration file /etc/nginx/sites/e:\nserver {{\n include voorbehoud/e.nl/*.conf;\n {inside}\n}}\n"
        "server { location /z { add_header X 1; } }\n"
        "# configuration file /etc/nginx/snippets/safe.conf:\nadd_header X-Frame-Options DENY;\n"
        "# configuration file /etc/nginx/snippets/ours.conf:\n  include voorbehoud/e.nl/headers.conf;\n"
        "# configuration file /etc/nginx/snippets/circle.conf:\ninclude snippets/circle.conf;\n"
        "# configuration file /etc/nginx/snippets/places.conf:\n\nlocation /snippet { add_header X 1; }\n"
    )
    found = blocks_without(dump, PART)
    assert [block.name for block in found] == lost
    where = {(block.file, block.line) for block in found}
    assert where <= {("/etc/nginx/sites/e", 3), ("/etc/nginx/snippets/places.conf", 2)}
