"""The wheel, built from the sdist and installed far from the checkout, does what the checkout does."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

pytestmark = [
    pytest.mark.xdist_group("install"),  # one worker builds once
    pytest.mark.timeout(300),
]


@dataclass(frozen=True)
class Built:
    """`wheel` was made from `sdist`, not from the checkout."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Installed:
    """An environment with nothing in it but the wheel and what the wheel asks for, and an empty home."""

    bin: Path
    home: Path

    def run(self, *command: str | Path, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command of this environment, in the empty home; what it says comes back in `stdout`."""
        kept = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.home,
            env=environment | {"HOME": str(self.home)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8", check=False, timeout=seconds,
        )  # fmt: skip


def must(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    must(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel at the versions of the lock, and nothing else of the lock: a forgotten dependency shows."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "home").mkdir()
    versions = folder / "versions.txt"
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    # Without the hashes, which would have to cover the wheel too; ./run has checked those of the same files.
    versions.write_text("\n".join(re.findall(r"^[a-z0-9].*?(?= \\$)", lock, re.MULTILINE)) + "\n")
    venv = folder / "venv"
    must(sys.executable, "-m", "venv", "--without-pip", venv, cwd=folder)
    python = venv / "bin" / "python"
    what = ("--constraint", versions, built.wheel)
    if uv := shutil.which("uv", path=str(BIN)):
        done = subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, *what], check=False, capture_output=True
        )
        if done.returncode == 0:
            return Installed(venv / "bin", folder / "home")
    must(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *what, cwd=folder)
    return Installed(venv / "bin", folder / "home")


def files_of(folder: str) -> set[str]:
    """The files below a folder of the checkout that git would take, as `folder/name`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:  # a checkout without git: the tree of an sdist
        return {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_wheel_holds_everything_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        rest = {name.partition(".dist-info/")[2] for name in archive.namelist()} - {""}
    wanted = {name.removeprefix("src/") for name in files_of("src")}
    wanted |= {f"voorbehoud/{name}" for folder in ("templates", "site_examples") for name in files_of(folder)}
    assert names == wanted
    assert "licenses/LICENSE" in rest


def test_the_sdist_holds_the_checkout(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("src", "tests", "templates", "site_examples", "docs"):
        assert files_of(folder) <= names
    assert {"run", "requirements.lock", "pyproject.toml", "README.md", "LICENSE", "CONTRIBUTING.md"} <= names


def test_the_program_starts_and_knows_its_version(installed: Installed) -> None:
    done = installed.run("voorbehoud", "--version")
    assert re.fullmatch(r"voorbehoud, version \d+\.\d+\.\d+\n", done.stdout), done.stdout


def test_it_is_the_installed_package_that_runs(installed: Installed) -> None:
    asked = (
        "import voorbehoud, voorbehoud.package_data as d; print(d.templates(), d.site_examples(), sep='\\n')"
    )
    done = installed.run("python", "-c", asked)
    places = [Path(line) for line in done.stdout.splitlines()]
    assert all(place.is_relative_to(installed.bin.parent) and place.is_dir() for place in places), done.stdout
    assert len(places) == 2


def test_every_template_renders(installed: Installed, tmp_path: Path) -> None:
    done = installed.run("python", ROOT / "tests" / "render_every_template.py", tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_demo_shows_the_change(installed: Installed) -> None:
    done = installed.run("voorbehoud", "demo")
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in done.stdout
