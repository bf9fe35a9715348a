"""What every test may use: programs of the system, a real nginx, a real browser, and hypothesis set up once.

A test that starts a program says so with `@pytest.mark.needs("nginx")`, or by asking for one of the fixtures here.
Where the program is missing the test is skipped with the line that installs it; with REQUIRE_ALL=1 it fails instead.
"""

import os
import secrets
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

import programs
from databases import Server, server

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIXTURES = {"nginx": "nginx", "chromium": "chromium", "page": "chromium"}
MISSING = "missing program"
REQUIRE_ALL = pytest.StashKey[bool]()
COUNTED = pytest.StashKey[Counter[str]]()

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


# ---- programs: skipped with a reason, or demanded ----------------------------------------------------------------------
def pytest_configure(config: pytest.Config) -> None:
    config.stash[REQUIRE_ALL] = os.environ.get("REQUIRE_ALL", "") not in {"", "0"}
    config.stash[COUNTED] = Counter()


def needed(item: pytest.Item) -> list[str]:
    """Give the programs that a test asks for, by marker or through a fixture."""
    marked = [str(name) for marker in item.iter_markers("needs") for name in marker.args]
    through = [FIXTURES[name] for name in getattr(item, "fixturenames", ()) if name in FIXTURES]
    return list(dict.fromkeys(marked + through))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in needed(item):
        if programs.find(name) is not None:
            continue
        reason = f"{name} is not installed: {programs.install_line(name)}"
        if item.config.stash[REQUIRE_ALL]:
            pytest.fail(f"{reason} (REQUIRE_ALL is set)", pytrace=False)
        item.user_properties.append((MISSING, name))  # travels with the report, also from a worker of xdist
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    for report in terminalreporter.getreports("skipped"):
        config.stash[COUNTED].update(
            name for key, name in getattr(report, "user_properties", ()) if key == MISSING
        )
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Count what was skipped on the very last line, where nobody can miss it."""
    if counted := config.stash.get(COUNTED, Counter()):
        total = sum(counted.values())
        each = ", ".join(f"{name} ({count})" for name, count in counted.most_common())
        print(  # noqa: T201  the reporter has written its closing line already
            f"{total} {'test was' if total == 1 else 'tests were'} skipped for want of a program: {each}; "
            f"{programs.install_line(*dict(counted.most_common()))}"
        )


# ---- nginx -----------------------------------------------------------------------------------------------------------
NGINX = """\
daemon off;
{user}
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/error.log;
events {{ worker_connections 64; }}
http {{
  types {{
    text/html html htm; text/css css; text/plain txt; application/json json; image/jpeg jpg jpeg; image/png png;
    image/webp webp; image/svg+xml svg; application/pdf pdf; audio/mpeg mp3; application/epub+zip epub;
  }}
  default_type application/octet-stream;
  access_log off;
  client_body_temp_path {run}/body;
  proxy_temp_path {run}/proxy;
  fastcgi_temp_path {run}/fastcgi;
  uwsgi_temp_path {run}/uwsgi;
  scgi_temp_path {run}/scgi;
  {http}
  server {{
    listen {address}:{port};
    server_name _;
    root {folder};
    {server}
  }}
}}
"""

Serve = Callable[..., str]
"""`serve(folder, server="", http="", address="127.0.0.1")` gives the origin; see the fixture `nginx`."""


class RefusedError(Exception):
    """nginx would not start; the text is what it wrote."""


@pytest.fixture
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Give a function that serves a folder with a real nginx and returns its origin (`http://127.0.0.1:41233`).

    `server` and `http` are further lines for these two blocks.  Every call starts a server of its own, on a free port;
    all of them end with the test.  Raises RefusedError, with nginx's own words, for a configuration that it refuses.
    """
    running: list[subprocess.Popen[str]] = []

    def serve(folder: Path, server: str = "", http: str = "", address: str = "127.0.0.1") -> str:
        for _ in range(5):  # somebody else may take the port before nginx does
            port = free_port(address)
            try:
                running.append(
                    _started(tmp_path_factory.mktemp("nginx"), folder, server, http, address, port)
                )
            except RefusedError as refused:
                if "Address already in use" not in str(refused):
                    raise
            else:
                return f"http://{address}:{port}"
        raise RefusedError("no free port in five attempts")

    yield serve
    for process in running:
        process.terminate()
    for process in running:
        process.communicate(timeout=10)


def _started(
    run: Path, folder: Path, server: str, http: str, address: str, port: int
) -> "subprocess.Popen[str]":
    binary = programs.find("nginx")
    assert binary is not None, "pytest_runtest_setup skips a test without nginx"
    user = "user root;" if os.geteuid() == 0 else ""  # root's temporary folders are closed to nobody
    configuration = run / "nginx.conf"
    configuration.write_text(
        NGINX.format(user=user, run=run, http=http, address=address, port=port, folder=folder, server=server)
    )
    process = subprocess.Popen(
        [binary, "-p", run, "-c", configuration],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    give_up = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < give_up:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return process
        time.sleep(0.005)
    process.kill()
    raise RefusedError(process.communicate()[1])


def free_port(address: str = "127.0.0.1") -> int:
    """Give a port of `address` that nobody listens on at this moment.

    Below the ports that the system hands out by itself: one of those may be taken by any connection a moment later.
    Chosen without `random`, which pytest-randomly sets alike in every worker.
    """
    for _ in range(100):
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((address, port))
            return port
    raise RuntimeError(f"no free port at {address} in a hundred attempts")


# ---- PostgreSQL ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Give a real PostgreSQL; `postgres.database()` is the address of an empty place for tables in it."""
    with server() as running:
        yield running


# ---- a browser -------------------------------------------------------------------------------------------------------
OFFLINE = (
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic",
    "--disable-sync", "--no-first-run", "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Give the path of the system's Chromium."""
    found = programs.find("chromium")
    assert found is not None, "pytest_runtest_setup skips a test without chromium"
    return found


@pytest.fixture
def page(chromium: Path) -> "Iterator[Page]":
    """Give an empty page in a headless browser of its own, which reaches nothing but this machine.

    Not shared between tests: as long as Playwright runs, it keeps a loop of asyncio running in this thread, in which
    no other test could start one.
    """
    from playwright.sync_api import sync_playwright  # takes longer to import than most tests to run

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(OFFLINE))
        yield browser.new_page()
        browser.close()
