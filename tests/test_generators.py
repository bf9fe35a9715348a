"""A small site built by each generator, twice, by its own command; what it made is served and looked at from outside."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from conftest import Serve
from voorbehoud.cli import main

DECLARATION = "declared-by: {name: Sanne, contact: sanne@atelier.example}\nsite: https://atelier.example\nsince: 2026-11-01\n"
ROBOTS = "User-agent: *\nDisallow: /beheer/\n"


@dataclass(frozen=True)
class Generator:
    """`files`: a site with a home page, a page below, and a robots.txt of its own.  `built`: the folder to serve."""

    command: tuple[str, ...]
    built: str
    files: Mapping[str, str]


GENERATORS = {
    "mkdocs": Generator(
        ("mkdocs", "build", "--quiet"),
        "site",
        {
            "mkdocs.yml": "site_name: Atelier\nsite_url: https://atelier.example\nplugins: [voorbehoud]\ntheme: {name: mkdocs}\n",
            "docs/index.md": "# Atelier\n\n[werk](werk.md)\n",
            "docs/werk.md": "# Werk\n",
            "docs/robots.txt": ROBOTS,
        },
    ),
    "pelican": Generator(
        ("pelican", "content", "--settings", "pelicanconf.py", "--quiet"),
        "output",
        {
            "pelicanconf.py": 'SITENAME = "Atelier"\nTIMEZONE = "Europe/Amsterdam"\nPLUGINS = ["voorbehoud.generators.pelican"]\n'
            'STATIC_PATHS = ["extra"]\nEXTRA_PATH_METADATA = {"extra/robots.txt": {"path": "robots.txt"}}\n',
            "content/werk.md": "Title: Werk\nDate: 2026-11-01\n\nWerk.\n",
            "content/extra/robots.txt": ROBOTS,
        },
    ),
    "sphinx": Generator(
        ("sphinx-build", "-q", "-b", "dirhtml", ".", "_build"),
        "_build",
        {
            "conf.py": 'project = "Atelier"\nextensions = ["voorbehoud.generators.sphinx"]\nhtml_extra_path = ["extra"]\n'
            'exclude_patterns = ["extra", "_build"]\nhtml_theme = "basic"\n',
            "index.rst": "Atelier\n=======\n\n.. toctree::\n\n   werk\n",
            "werk.rst": "Werk\n====\n",
            "extra/robots.txt": ROBOTS,
        },
    ),
}


@dataclass(frozen=True)
class Project:
    folder: Path
    generator: Generator

    @property
    def built(self) -> Path:
        return self.folder / self.generator.built

    def build(self, *more: str) -> subprocess.CompletedProcess[str]:
        name, *words = self.generator.command
        program = Path(sys.executable).parent / name
        return subprocess.run(
            [program, *words, *more], cwd=self.folder, capture_output=True, text=True, check=False, timeout=60
        )

    def state(self) -> dict[str, bytes]:
        """What is served.  Pelican's feeds and MkDocs' home page and sitemap hold the time of the build."""
        return {
            path.relative_to(self.built).as_posix(): path.read_bytes()
            for path in sorted(self.built.rglob("*"))
            if path.is_file() and path.suffix in {".html", ".txt", ".json"} and ".doctrees" not in path.parts
        }


@pytest.fixture(params=GENERATORS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    generator = GENERATORS[request.param]
    for name, text in {**generator.files, "voorbehoud.yaml": DECLARATION}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(tmp_path, generator)


def undated(files: Mapping[str, bytes]) -> dict[str, list[bytes]]:
    return {
        name: [line for line in body.splitlines() if b"Build Date" not in line]
        for name, body in files.items()
    }


@pytest.mark.needs("nginx")
def test_what_is_built_is_protected_and_a_second_build_is_the_same(project: Project, nginx: Serve) -> None:
    done = project.build()
    assert done.returncode == 0, done.stdout + done.stderr
    first = project.state()
    headers = "add_header tdm-reservation 1 always; location /feeds/ { default_type application/atom+xml; add_header tdm-reservation 1; }"
    site = nginx(project.built, server=headers)
    words = [
        "check",
        site,
        "--allow-private",
        "--expect",
        str(project.folder / "voorbehoud.yaml"),
        "--format",
        "json",
    ]
    looked = CliRunner().invoke(main, words)
    (told,) = json.loads(looked.stdout)["sites"]
    assert looked.exit_code == 0, looked.stdout
    assert told["protected"] is True
    amiss = [f for f in told["findings"] if f["code"].startswith("EXP") and f["code"] != "EXP102"]
    assert [(f["code"], f["origin"]["url"]) for f in amiss] == [], (
        "all but the headers that this nginx does not send"
    )
    assert first["robots.txt"].decode().startswith(("# BEGIN voorbehoud", ROBOTS))
    assert ROBOTS in first["robots.txt"].decode()
    pages = [body for name, body in first.items() if name.endswith("index.html")]
    assert len(pages) >= 2
    assert all(b'name="tdm-reservation"' in body for body in pages)

    again = project.build()
    assert again.returncode == 0, again.stdout + again.stderr
    assert undated(project.state()) == undated(first)


@pytest.mark.parametrize("project", ["mkdocs"], indirect=True)
def test_originals_of_earlier_builds_do_not_pile_up(project: Project) -> None:
    source = next(project.folder / name for name in project.generator.files if name.endswith((".md", ".rst")))
    kept = []
    for number in range(3):
        source.write_text(source.read_text() + f"\nEn nog een alinea, nummer {number}.\n")
        done = project.build()
        assert done.returncode == 0, done.stderr
        kept.append(len(list((project.folder / ".voorbehoud" / "originals").iterdir())))
    assert len(set(kept)) == 1


def test_a_declaration_with_a_fault_fails_the_build_with_our_words(project: Project) -> None:
    (project.folder / "voorbehoud.yaml").write_text(DECLARATION + "reserve: [ai-training]\n")
    done = project.build()
    assert done.returncode != 0
    assert "ai-training" in done.stdout + done.stderr
    assert "voorbehoud.yaml" in done.stdout + done.stderr


@pytest.mark.parametrize("project", ["mkdocs"], indirect=True)
def test_a_file_that_says_something_else_fails_the_build(project: Project) -> None:
    """A robots.txt of the maker's that lets in a robot that the declaration refuses."""
    robots = next(project.folder / name for name in project.generator.files if name.endswith("robots.txt"))
    robots.write_text("User-agent: GPTBot\nAllow: /\n")
    done = project.build()
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert "GPTBot" in said
    assert "robots.txt" in said
