"""The programs of the system that tests start, and the Debian packages that bring them.

As a script it prints the packages that this machine lacks, which `./run test` installs.  Standard library only.
"""

import ctypes
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Program:
    """A program under any of its `names`; `libraries` and `files` are what it also takes to use it from a test (on Linux)."""

    names: tuple[str, ...]
    packages: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


PROGRAMS = {
    "nginx": Program(("nginx",), ("nginx",)),
    # The server alone: the package apache2 would bring a service as well.
    "apache2": Program(("apache2", "httpd"), ("apache2-bin",)),
    "caddy": Program(("caddy",), ("caddy",)),
    "haproxy": Program(("haproxy",), ("haproxy",)),
    "lighttpd": Program(("lighttpd",), ("lighttpd",)),
    "varnish": Program(("varnishd",), ("varnish",)),
    "traefik": Program(("traefik",), ()),  # comes with the environment
    "npm": Program(("npm",), ("npm",)),
    "php": Program(("php",), ("php-cli", "php-mysql")),
    # The server alone: the package mariadb-server would bring a service as well.
    "mariadb": Program(("mariadbd",), ("mariadb-server-core",)),
    "wordpress": Program(
        ("php",),
        ("wordpress", "wordpress-theme-twentytwentythree"),
        files=(
            "/usr/share/wordpress/wp-settings.php",
            "/var/lib/wordpress/wp-content/themes/twentytwentythree",
        ),
    ),
    "openssl": Program(("openssl",), ("openssl",)),
    "minisign": Program(("minisign",), ("minisign",)),
    "exiftool": Program(("exiftool",), ("libimage-exiftool-perl",)),  # reads the metadata of works: an oracle
    # The driver of Playwright is linked against libatomic, which nothing on a small Debian asks for.
    "chromium": Program(
        ("chromium", "chromium-browser", "google-chrome"), ("chromium", "libatomic1"), ("libatomic.so.1",)
    ),
}


def find(name: str) -> Path | None:
    """Give the path of a program; None where it, or a library that it takes, is not there.

    Debian keeps nginx in /usr/sbin, which is not on the PATH of ordinary users.
    """
    program = PROGRAMS[name]
    if sys.platform == "linux" and not all(map(_loads, program.libraries)):
        return None
    if not all(Path(file).exists() for file in program.files):
        return None
    ours = str(Path(sys.executable).parent)
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", ours))
    found = (shutil.which(known, path=path) for known in program.names)
    return next((Path(place) for place in found if place), None)


def install_line(*names: str) -> str:
    """Give the command that installs programs on Debian, or, for what comes with the environment, that."""
    packages = " ".join(package for name in names for package in PROGRAMS[name].packages)
    return f"sudo apt-get install {packages}" if packages else "./run test"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    lacking = [program for name, program in PROGRAMS.items() if find(name) is None]
    print(*(package for program in lacking for package in program.packages))  # noqa: T201
