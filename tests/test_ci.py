"""The GitHub Action and the pre-commit hooks: what they run, run; and what docs/howto/ci.md shows."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path, PurePath
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from voorbehoud.cli import main
from voorbehoud.declaration.load import load

ROOT = Path(__file__).parents[1]
ACTION = ROOT / ".github" / "actions" / "check"
GUIDE = (ROOT / "docs" / "howto" / "ci.md").read_text(encoding="utf-8")
PAGE = "<!doctype html>\n<html>\n<head>\n<meta charset=utf-8>\n<title>Werk</title>\n</head>\n<body></body>\n</html>\n"
DECLARATION = (
    "declared-by: {name: E, contact: e@e.nl}\nsite: https://e.nl\nsince: 2026-11-01\n"
    "carriers: [robots-txt, content-usage, content-signal, tdm-file, tdm-meta]\n"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a site in `public`, its declaration beside it."""
    public = tmp_path / "checkout" / "public"
    public.mkdir(parents=True)
    (public / "index.html").write_text(PAGE)
    (public.parent / "voorbehoud.yaml").write_text(DECLARATION)
    return public.parent


@pytest.fixture
def published(checkout: Path) -> Path:
    assert command("publish", checkout / "public", "--yes").exit_code == 0
    return checkout


def command(*words: str | Path) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def path_with_ours() -> str:
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def action(
    checkout: Path, step_id: str = "check", **inputs: str
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the `Check` step as a runner does: `bash -eo pipefail`, inputs through its `env`, files for summary and output."""
    said = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in said["runs"]["steps"] if step.get("id") == step_id]
    values = {name: inputs.get(name, told.get("default", "")) for name, told in said["inputs"].items()}
    env = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], text)
        for name, text in step["env"].items()
    }
    runner = checkout.parent / "runner"
    runner.mkdir(exist_ok=True)
    env |= {"PATH": path_with_ours(), "RUNNER_TEMP": str(runner), "LANG": "C.UTF-8"}
    env |= {"GITHUB_STEP_SUMMARY": str(runner / "summary.md"), "GITHUB_OUTPUT": str(runner / "output")}
    script = runner / "step.sh"
    script.write_text(step["run"])
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    return subprocess.run(bash, cwd=checkout, env=env, capture_output=True, text=True, check=False), runner


# ---- the action ------------------------------------------------------------------------------------------------------
def test_the_action_passes_on_what_was_published(published: Path) -> None:
    done, runner = action(published, targets="public", expect="voorbehoud.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = (runner / "summary.md").read_text()
    assert summary.startswith("## voorbehoud check\n\n    ")
    assert all(line.startswith("    ") for line in summary.splitlines()[2:])
    assert (runner / "output").read_text() == "exit-code=0\n"
    assert ET.parse(published / "voorbehoud.junit.xml").getroot().get("failures") == "0"  # noqa: S314 - our own file


def test_the_action_fails_on_an_unprotected_site_and_points_at_the_file(checkout: Path) -> None:
    done, runner = action(checkout, targets="public")
    assert done.returncode == 1
    assert "EFF406" in (runner / "summary.md").read_text()
    assert (runner / "output").read_text() == "exit-code=1\n"
    (run,) = json.loads((checkout / "voorbehoud.sarif").read_text())["runs"]
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert places == {"public/index.html"}


def test_the_action_holds_a_site_against_its_declaration(published: Path) -> None:
    (published / "public" / ".well-known" / "tdmrep.json").write_text(
        '[{"location": "/", "tdm-reservation": 0}]'
    )
    (published / "public" / "index.html").write_text(PAGE)
    done, runner = action(published, targets="public", expect="voorbehoud.yaml")
    assert done.returncode == 1
    assert {"EXP301", "EXP401"} <= set(re.findall(r"EXP\d+", (runner / "summary.md").read_text()))


def test_the_action_fails_where_something_was_left_to_publish(checkout: Path) -> None:
    before, _ = action(checkout, "published", publish="public")
    assert before.returncode == 1
    assert "tdm-reservation" in before.stdout
    assert command("publish", checkout / "public", "--yes").exit_code == 0
    after, _ = action(checkout, "published", publish="public")
    assert after.returncode == 0
    odd, _ = action(checkout, "published", publish="--yes")
    assert odd.returncode == 2, "an input is no option either"


def test_an_input_is_never_a_command(published: Path) -> None:
    evil = 'public\n$(touch pwned); "`touch pwned`"'
    done, _ = action(published, targets=evil, site="$(touch pwned)", expect="; touch pwned")
    assert done.returncode == 2
    assert not list(published.rglob("pwned"))
    text = (ACTION / "action.yml").read_text(encoding="utf-8")
    scripts = "".join(step["run"] for step in yaml.safe_load(text)["runs"]["steps"])
    assert "${{" not in scripts


def test_what_a_site_wrote_is_no_command_to_the_runner(checkout: Path) -> None:
    done, _ = action(checkout, targets="public")
    (token,) = re.findall(r"^::stop-commands::(\S+)$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith(f"::{token}::\n")


def test_the_action_installs_this_repository() -> None:
    """`uses: owner/repository/.github/actions/check` brings the whole repository; its root is three up."""
    said = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    assert "$GITHUB_ACTION_PATH/../../.." in said["runs"]["steps"][0]["run"]
    project = tomllib.loads((ACTION / ".." / ".." / ".." / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["name"] == "voorbehoud"
    assert all(step["shell"] == "bash" for step in said["runs"]["steps"]), (
        "a composite step must name its shell"
    )


# ---- pre-commit ------------------------------------------------------------------------------------------------------
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def hook(name: str, checkout: Path, *args: str) -> int:
    """Run a hook as pre-commit does: its entry, then the arguments, and no file names."""
    (said,) = [hook for hook in HOOKS if hook["id"] == name]
    assert said["pass_filenames"] is False
    words = [*shlex.split(said["entry"]), *(args or said["args"])]
    env = os.environ | {"PATH": path_with_ours()}
    return subprocess.run(words, cwd=checkout, env=env, capture_output=True, check=False).returncode


def test_the_hooks_pass_on_what_was_published_and_fail_on_a_page_that_was_not(published: Path) -> None:
    assert hook("voorbehoud-check", published, "public", "--expect", "voorbehoud.yaml") == 0
    assert hook("voorbehoud-publish", published, "public") == 0
    (published / "public" / "new.html").write_text(PAGE)
    assert hook("voorbehoud-publish", published, "public") == 1
    (published / "public" / ".well-known" / "tdmrep.json").unlink()
    assert hook("voorbehoud-check", published, "public", "--expect", "voorbehoud.yaml") == 1


@pytest.mark.parametrize("said", HOOKS, ids=lambda said: str(said["id"]))
def test_a_hook_wakes_for_the_files_of_a_site(said: dict[str, Any]) -> None:
    for name in ("public/index.html", "robots.txt", "public/.well-known/tdmrep.json", "public/_headers"):
        assert re.search(said["files"], name), name
    assert not re.search(said["files"], "src/main.py")
    assert said["language"] == "python"


# ---- the guide -------------------------------------------------------------------------------------------------------
def test_what_the_guide_shows_is_what_there_is() -> None:
    said = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.+?)```", GUIDE, re.DOTALL)]
    steps = [s for b in blocks if "jobs" in b for job in b["jobs"].values() for s in job["steps"]]
    used = [step for step in steps if "/.github/actions/check@" in step.get("uses", "")]
    assert used
    for step in used:
        assert step["with"].keys() <= said["inputs"].keys()
    repos = [repo for b in blocks if "repos" in b for repo in b["repos"]]
    assert {hook["id"] for repo in repos for hook in repo["hooks"]} == {hook["id"] for hook in HOOKS}
    for name in (*said["inputs"], *said["outputs"]):
        assert f"`{name}`" in GUIDE


def test_every_command_line_of_the_guide_is_one() -> None:
    lines = re.findall(r"^\s*(?:- )?voorbehoud ((?:check|publish) .+)$", GUIDE, re.MULTILINE)
    assert lines
    for line in lines:
        name, *words = shlex.split(line, comments=True)
        main.commands[name].make_context(name, words)


# ---- the options that they use ---------------------------------------------------------------------------------------
def test_one_look_is_written_in_several_formats(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(published)
    done = command("check", "public", "--format", "csv", "--also", "json=a.json", "--also", "html=a.html")
    assert done.exit_code == 0
    assert done.stdout.startswith("\ufeffsite,")
    assert json.loads((published / "a.json").read_text())["schema"] == "voorbehoud.check/1"
    assert (published / "a.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("word", ["sarif", "xlsx=a", "sarif=", "=a"])
def test_a_copy_needs_a_format_and_a_file(published: Path, word: str) -> None:
    done = command("check", published / "public", "--also", word)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--also sarif=voorbehoud.sarif" in done.stderr


def test_a_place_that_cannot_be_written_is_the_user_s_input(published: Path) -> None:
    done = command("check", published / "public", "-o", published / "nowhere" / "a.txt")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize("file", ["gone.yaml", "nowhere/gone.yaml"])
def test_a_declaration_to_expect_must_be_there(published: Path, file: str) -> None:
    done = command("check", published / "public", "--expect", published / file)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_declared_exception_needs_no_excuse(published: Path) -> None:
    """With --expect a zero that the declaration intends is silent, and the exit code is 0; without it is told."""
    file = published / "voorbehoud.yaml"
    file.write_text(DECLARATION + "exceptions: [{path: /press/, allow: [tdm, train-ai, ai-use]}]\n")
    (published / "public" / "press").mkdir()
    (published / "public" / "press" / "index.html").write_text(PAGE)
    assert command("publish", published / "public", "--yes").exit_code == 0
    plain, held = (
        command("check", published / "public", "--format", "json", *more) for more in ((), ("--expect", file))
    )
    assert (plain.exit_code, held.exit_code) == (1, 0), held.stdout
    before, after = (
        {finding["code"] for finding in json.loads(done.stdout)["sites"][0]["findings"]}
        for done in (plain, held)
    )
    assert before - after == {"EFF404", "TDF304", "TDM302"}
    assert after - before == {"EXP901"}


def test_init_prints_the_schema_that_a_declaration_fits(tmp_path: Path) -> None:
    done = command("init", tmp_path, "--schema")
    assert done.exit_code == 0
    assert not list(tmp_path.iterdir())
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    load(DECLARATION, "voorbehoud.yaml")
    said = yaml.safe_load(DECLARATION) | {"since": "2026-11-01"}
    jsonschema.validate(said, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said | {"surprise": 1}, schema)


# ---- the template for GitLab, and the Dockerfile ---------------------------------------------------------------------
DEPLOY = ROOT / "deploy"


def test_the_jobs_for_gitlab_pass_and_fail_as_they_should(checkout: Path) -> None:
    template = yaml.safe_load((DEPLOY / "gitlab-ci.yml").read_text(encoding="utf-8"))
    env = {"PATH": path_with_ours(), "LANG": "C.UTF-8"} | {
        name: str(v) for name, v in template["variables"].items()
    }

    def gates() -> list[int]:
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
        return [
            subprocess.run([*bash, line], cwd=checkout, env=env, capture_output=True, check=False).returncode
            for line in template["reservation-in-files"]["script"]
        ]

    assert gates() == [1, 1], "each of the two stops it"
    assert command("publish", checkout / "public", "--yes").exit_code == 0
    assert gates() == [0, 0]
    shared = template[".voorbehoud"]["artifacts"]
    for file in (*shared["paths"], shared["reports"]["junit"]):
        assert (checkout / file).is_file()
    (served,) = template["reservation-as-served"]["script"]
    _, name, site, *words = shlex.split(served)
    assert (name, site) == ("check", "$VOORBEHOUD_SITE")
    main.commands[name].make_context(name, ["https://e.nl", *words])
    for file in (*shared["paths"], shared["reports"]["junit"]):
        assert f"={file}" in served


def test_the_dockerfile_is_one_and_runs_without_rights() -> None:
    """No image can be built here: its instructions are read, and held against what the project has."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    steps = [(found[1], found[2]) for line in lines if (found := re.fullmatch(r"([A-Z]+) (\S.*)", line))]
    assert len(steps) == len(lines), "each line is an instruction"
    names = [name for name, _ in steps]
    assert set(names) <= {"FROM", "COPY", "RUN", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}
    assert names[0] == "FROM"
    told = dict(steps)
    assert told["USER"] not in {"root", "0"}
    assert names.index("USER") < names.index("ENTRYPOINT")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert json.loads(told["ENTRYPOINT"])[0] in project["scripts"]
    assert isinstance(json.loads(told["CMD"]), list)
    wheel, to = told["COPY"].split()
    assert PurePath(f"dist/{project['name']}-{project['version']}-py3-none-any.whl").match(wheel)
    (installed,) = [words for name, words in steps if name == "RUN" and "pip install" in words]
    found = re.search(r"echo (\S+)\)\[(\w+)\]", installed)
    assert found is not None
    assert found[1] == to + wheel.rpartition("/")[2]
    assert found[2] in project["optional-dependencies"]
    python = re.fullmatch(r"python:3\.(\d+)-slim", told["FROM"])
    assert python is not None
    assert int(python[1]) >= 11
    for name, words in steps:
        if name == "RUN":
            assert subprocess.run(["bash", "-n", "-c", words], check=False).returncode == 0
