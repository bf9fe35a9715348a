"""A real WordPress of Debian with a database of its own, on loopback; thrown away afterwards."""

import os
import re
import shutil
import signal
import socket as socketlib
import subprocess
import tempfile
import time
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

import programs
from conftest import free_port

SOURCE = Path("/usr/share/wordpress")
THEMES = Path("/var/lib/wordpress/wp-content/themes")
USER, PASSWORD = "maker", "geheim-genoeg"
CONFIGURATION = """<?php
define( 'DB_NAME', 'wordpress' ); define( 'DB_USER', 'root' ); define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' ); define( 'DB_CHARSET', 'utf8mb4' ); define( 'DB_COLLATE', '' );
define( 'WP_HOME', '{origin}' ); define( 'WP_SITEURL', '{origin}' );
define( 'WP_HTTP_BLOCK_EXTERNAL', true ); define( 'DISABLE_WP_CRON', true ); define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_DEBUG', true ); define( 'WP_DEBUG_DISPLAY', false ); define( 'WP_DEBUG_LOG', '{log}' );
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
"""
ROUTER = """<?php
// What a server does with `try_files $uri $uri/ /index.php`.
$path = rawurldecode( strtok( $_SERVER['REQUEST_URI'], '?' ) );
if ( preg_match( '~/\\.\\.(/|$)~', $path ) ) $path = '/';
$file = __DIR__ . $path;
if ( is_file( $file ) || is_file( rtrim( $file, '/' ) . '/index.php' ) && '/' !== $path ) return false;
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require __DIR__ . '/index.php';
"""
INSTALL = """<?php
define( 'WP_INSTALLING', true );
function wp_new_blog_notification() {}
require 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Atelier', '{user}', 'maker@atelier.example', true, '', '{password}' );
switch_theme( 'twentytwentythree' );
update_option( 'show_avatars', 0 ); // they stand on a server of somebody else's
wp_insert_post( array( 'post_title' => 'Werk', 'post_name' => 'werk', 'post_content' => '<p>Werk</p><img src="/wp-content/uploads/werk.png" alt="">',
    'post_status' => 'publish', 'post_type' => 'page' ) );
"""
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class WordPress:
    """A site that runs.  `folder` holds its files; `log` is where PHP complains."""

    folder: Path
    origin: str
    log: Path
    php: Path

    def run(self, code: str) -> str:
        """Run PHP inside WordPress, as its own command line would; give what it prints."""
        done = subprocess.run(
            [self.php, "-d", "display_errors=stderr", "-r", f"define('WP_ADMIN', true); require 'wp-load.php'; {code}"],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def permalinks(self, structure: str) -> None:
        self.run(
            f"global $wp_rewrite; $wp_rewrite->set_permalink_structure('{structure}'); flush_rewrite_rules(false);"
        )

    def install(self, plugin: Path) -> None:
        with zipfile.ZipFile(plugin) as archive:
            archive.extractall(self.folder / "wp-content" / "plugins")
        self.run(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php'; $e = activate_plugin('voorbehoud/voorbehoud.php'); "
            "if (is_wp_error($e)) { fwrite(STDERR, $e->get_error_message()); exit(1); }"
        )

    def remove(self) -> None:
        self.run(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php'; require_once ABSPATH . 'wp-admin/includes/file.php'; "
            "deactivate_plugins('voorbehoud/voorbehoud.php'); uninstall_plugin('voorbehoud/voorbehoud.php');"
        )

    def admin(self) -> requests.Session:
        """Log in as the maker does, with the form."""
        session = requests.Session()
        session.get(f"{self.origin}/wp-login.php", timeout=30)
        form = {"log": USER, "pwd": PASSWORD, "testcookie": "1"}
        done = session.post(f"{self.origin}/wp-login.php", data=form, timeout=30, allow_redirects=False)
        assert done.status_code == 302, done.text
        return session

    def complaints(self) -> list[str]:
        """What PHP had to say about files of ours."""
        text = self.log.read_text() if self.log.exists() else ""
        return [line for line in text.splitlines() if re.search(r"plugins/voorbehoud", line)]


@contextmanager
def running() -> Iterator[WordPress]:
    """Give a fresh WordPress with two posts and an image, under PHP's own server and with MariaDB behind a socket."""
    php, mariadbd = programs.find("php"), programs.find("mariadb")
    assert php is not None
    assert mariadbd is not None
    work = Path(tempfile.mkdtemp(prefix="voorbehoud-wp-"))
    socket, port = work / "db.sock", free_port()
    site = WordPress(work / "site", f"http://127.0.0.1:{port}", work / "debug.log", php)
    shutil.copytree(
        SOURCE,
        site.folder,
        symlinks=False,
        ignore=shutil.ignore_patterns("wp-config.php", "plugins", "themes"),
    )
    shutil.copytree(THEMES / "twentytwentythree", site.folder / "wp-content" / "themes" / "twentytwentythree")
    for name in ("plugins", "uploads"):
        (site.folder / "wp-content" / name).mkdir(exist_ok=True)
    (site.folder / "wp-content" / "uploads" / "werk.png").write_bytes(PNG)
    (site.folder / "wp-config.php").write_text(
        CONFIGURATION.format(socket=socket, origin=site.origin, log=site.log)
    )
    (site.folder / "router.php").write_text(ROUTER)
    user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={work}/db", "--auth-root-authentication-method=normal", "--skip-test-db", *user],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    quiet: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    database = subprocess.Popen(
        [mariadbd, "--no-defaults", f"--datadir={work}/db", f"--socket={socket}", f"--pid-file={work}/db.pid", "--skip-networking",
         "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", *user], **quiet,
    )  # fmt: skip
    server = None
    try:
        _until(lambda: _connects(php, socket), database)
        install = site.folder / "install.php"
        install.write_text(INSTALL.replace("{user}", USER).replace("{password}", PASSWORD))
        done = subprocess.run(
            [php, "install.php"], cwd=site.folder, capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 0, done.stdout + done.stderr
        install.unlink()
        server = subprocess.Popen(
            [php, "-d", "opcache.enable_cli=1", "-d", "sendmail_path=/bin/true", "-S", f"127.0.0.1:{port}", "-t", site.folder, site.folder / "router.php"],
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": "3"}, start_new_session=True, **quiet,
        )  # fmt: skip
        _until(lambda: _answers(port), server)
        yield site
    finally:
        if server is not None:
            os.killpg(server.pid, signal.SIGTERM)  # its workers too, which outlive it otherwise
            server.wait(20)
        database.terminate()
        database.wait(20)
        shutil.rmtree(work, ignore_errors=True)


def _until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        assert process.poll() is None, "the process ended"
        if ready():
            return
        time.sleep(0.02)
    raise AssertionError("not ready in a minute")


def _connects(php: Path, socket: Path) -> bool:
    if not socket.exists():
        return False
    code = f"mysqli_report(0); $c = @mysqli_connect('localhost', 'root', '', '', 0, '{socket}'); exit($c && $c->query('CREATE DATABASE IF NOT EXISTS wordpress') ? 0 : 1);"
    return subprocess.run([php, "-r", code], capture_output=True, check=False).returncode == 0


def _answers(port: int) -> bool:
    with socketlib.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
