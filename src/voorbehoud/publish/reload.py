"""Configuration put in place on the server itself: tested by the server, reloaded, looked at from outside, else put back.

The files are written like those of a site: whole or not at all, known to the manifest, given back by `voorbehoud publish --undo`.
"""

import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ..core.errors import PublishError
from . import manifest as record
from . import untested
from .apply import carry_out
from .lock import alone
from .manifest import Role
from .plan import Change, Plan
from .targets.nginx_blocks import Block, blocks_without
from .targets.sending import Part, file_name

SECONDS = 60
"""How long a server may think about its configuration."""
REFUSED = "refused"
"""The folder of the state that keeps what a server did not take."""


@dataclass(frozen=True, slots=True)
class Live:
    """A server of this machine.  `folder`: where its files of ours go; `includes`: the lines that read them, `{}` is that folder.

    `dump`: prints the whole configuration as the server reads it.
    """

    folder: Path
    test: tuple[str, ...]
    reload: tuple[str, ...]
    includes: tuple[str, ...]
    dump: tuple[str, ...] = ()

    def lines(self, site: str) -> tuple[str, ...]:
        """Give the lines that read our files for `site`, each after the block that it goes into."""
        return tuple(line.format(folder=self.folder, site=file_name(site)) for line in self.includes)

    def headers(self, site: str) -> Path:
        """Give the file with the headers, which a block with headers of its own has to include too (nginx)."""
        return self.folder / file_name(site) / "headers.conf"


LIVE: Mapping[str, Live] = MappingProxyType(
    {
        "nginx": Live(
            Path("/etc/nginx/voorbehoud"), ("nginx", "-t"), ("nginx", "-s", "reload"),
            ("http {{ include {folder}/http/*.conf; }}", "server {{ include {folder}/{site}/*.conf; }}"), ("nginx", "-T"),
        ),
        "apache": Live(
            Path("/etc/apache2/voorbehoud"), ("apachectl", "configtest"), ("apachectl", "graceful"),
            ("<VirtualHost> IncludeOptional {folder}/{site}/*.conf",),
        ),
        "caddy": Live(
            Path("/etc/caddy/voorbehoud"), ("caddy", "validate", "--config", "/etc/caddy/Caddyfile"),
            ("caddy", "reload", "--config", "/etc/caddy/Caddyfile"), ("import {folder}/{site}/*",),
        ),
        "lighttpd": Live(
            Path("/etc/lighttpd/voorbehoud"), ("lighttpd", "-tt", "-f", "/etc/lighttpd/lighttpd.conf"),
            ("systemctl", "reload", "lighttpd"), ('include "{folder}/{site}/*.conf"',),
        ),
    }
)  # fmt: skip
"""Whose configuration we can put in place, with the paths and commands of Debian."""


def live_server(
    name: str, folder: Path | None = None, test: str | None = None, reload: str | None = None
) -> Live:
    """Give the server `name` of `LIVE`, with what the user says about it.  Commands are split as a shell would, and run without one."""
    live = LIVE[name]
    testing = tuple(shlex.split(test)) if test else live.test
    # What tests nginx with -t prints it with -T.
    dump = tuple("-T" if word == "-t" else word for word in testing) if live.dump else ()
    reloading = tuple(shlex.split(reload)) if reload else live.reload
    return replace(live, folder=(folder or live.folder).resolve(), test=testing, reload=reloading, dump=dump)


def config_plan(parts: Sequence[Part], folder: Path, state: Path) -> Plan:
    """Say what putting `parts` below `folder` would change; nothing is written.

    Raises PublishError for a file of the same name that is not ours, or that somebody changed after us.
    """
    known, root = record.read(state), folder.resolve()
    wanted = {root / part.name: part.text.encode() for part in parts}
    changes = []
    for path, body in wanted.items():
        before = path.read_bytes() if path.is_file() else None
        if before is not None and before != body and not known.wrote(path, before):
            raise PublishError(
                f"{path}: not as voorbehoud wrote it, so it was left alone. Nothing was written. Move it away, then run again."
            )
        if before != body:
            changes.append(Change(path, str(path), Role.WHOLE, before, body, None))
    mine = {Path(part.name).parts[0] for part in parts}
    for path, entry in known.entries.items():
        old = path.is_relative_to(root) and path not in wanted and entry.role is Role.WHOLE and path.is_file()
        if old and path.relative_to(root).parts[0] in mine and known.wrote(path, path.read_bytes()):
            changes.append(Change(path, str(path), Role.WHOLE, path.read_bytes(), None, None))
    return Plan(folder, tuple(changes), (), ())


def install(
    name: str,
    server: Live,
    config: Plan,
    state: Path,
    *,
    reload: bool = False,
    look: Callable[[], str | None] = lambda: None,
) -> None:
    """Write what `config` says, let the server test it, and, with `reload`, reload it and look from outside.

    `look` gives what is wrong there, or None.  Raises PublishError, with everything put back and the refused files kept in the
    state folder, where the server refuses, does not reload, or sends something else.  Killed in between, it leaves a note by
    which the next run puts the old files back.
    """
    if not config.changes:  # asked to reload what is there: nothing to hold, and nothing to put back
        _install(name, server, config, state, reload, look)
        return
    with alone(state):
        try:
            _install(name, server, config, state, reload, look)
        finally:
            untested.settle(state)


def _install(
    name: str, server: Live, config: Plan, state: Path, reload: bool, look: Callable[[], str | None]
) -> None:
    if config.changes:
        untested.note(state, name, config)
        carry_out(config, state)
    try:
        refusal = _tried(name, server, reload, look)
    except BaseException:  # stopped while the server was asked: what it has not passed must not stay
        _put_back(config, state)
        raise
    if refusal is None:
        if config.changes:
            untested.passed(state)
        return
    kept = _keep(config, state)
    _put_back(config, state)
    also = _refusal(name, "its configuration without our files too", server.test)
    if reload and also is None:
        also = _refusal(name, "to reload what it had", server.reload)
    raise PublishError(" ".join(filter(None, (refusal, f"Nothing was changed{kept}.", also))))


def _tried(name: str, server: Live, reload: bool, look: Callable[[], str | None]) -> str | None:
    """Give what is wrong with the configuration that is on disk now: its test, and where asked for its reload and a look."""
    refusal = _refusal(name, "the new configuration", server.test)
    if refusal is None and reload:
        refusal = _refusal(name, "to reload", server.reload)
        if refusal is None and (wrong := look()) is not None:
            refusal = f"{name} took the new configuration, but from outside it is not right: {wrong}."
    return refusal


def unheard(server: Live, site: str) -> tuple[Block, ...]:
    """Ask the server for the configuration that it reads, and give the blocks in which the headers for `site` are lost."""
    if not server.dump:
        return ()
    done = _run(server.dump)
    return blocks_without(done.stdout, str(server.headers(site))) if done.returncode == 0 else ()


def _refusal(name: str, what: str, command: Sequence[str]) -> str | None:
    done = _run(command)
    if done.returncode == 0:
        return None
    said = " ".join((done.stderr or done.stdout).split())[-400:]
    return (
        f"{name} refused {what} ({shlex.join(command)}, exit {done.returncode}): {said or 'it said nothing'}."
    )


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(  # noqa: S603  the commands are ours, or the user's own, and no shell reads them
            list(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(list(command), 124, "", f"no answer in {SECONDS} seconds")
    except OSError as error:
        return subprocess.CompletedProcess(list(command), 127, "", error.strerror or type(error).__name__)


def _keep(config: Plan, state: Path) -> str:
    """Put what was refused aside, and give the words that say where; nothing where there was nothing new."""
    kept = []
    for change in config.changes:
        if change.after is not None:
            path = state / REFUSED / change.path.relative_to(config.folder.resolve())
            path.parent.mkdir(parents=True, exist_ok=True)
            record.replace_file(path, change.after)
            kept.append(path)
    if len(kept) > 1:
        return f"; the refused files are kept in {state / REFUSED}"
    return f"; the refused file is kept at {kept[0]}" if kept else ""


def _put_back(config: Plan, state: Path) -> None:
    back = (
        Change(change.path, change.name, change.role, change.after, change.before, None)
        for change in reversed(config.changes)
    )
    if config.changes:
        carry_out(Plan(config.folder, tuple(back), (), ()), state)
