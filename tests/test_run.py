"""The script `run` and the lock: set-up that survives interruption, tools that are missing, machines that are old."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import programs
from voorbehoud.cli import VERBS, main

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the script as a module that works on an empty checkout in `tmp_path` and starts nothing by itself."""
    loader = SourceFileLoader("run_script", str(ROOT / "run"))
    spec = spec_from_loader("run_script", loader)
    assert spec is not None
    script = module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(script)
    (tmp_path / "requirements.lock").write_text(
        "six==1.17.0 \\\n    --hash=sha256:00\nuv==0.13.9 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\nyarl==1.25.1 \\\n"
    )
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name, value in {
        "ROOT": tmp_path, "LOCK": tmp_path / "requirements.lock", "PROJECT": tmp_path / "pyproject.toml",
        "VENV": tmp_path / ".venv", "BIN": tmp_path / ".venv" / "bin", "PYTHON": tmp_path / ".venv" / "bin" / "python",
        "STAMP": tmp_path / ".venv" / "set-up-from", "POLICY": tmp_path / "policy-rc.d",
    }.items():  # fmt: skip
        monkeypatch.setattr(script, name, value)
    monkeypatch.setattr(script, "quietly", lambda *command, **_: pytest.fail(f"started {command}"))
    return script


Answer = Callable[[tuple[str, ...]], int]


def recorded(
    run: Any, monkeypatch: pytest.MonkeyPatch, answer: Answer = lambda _: 0
) -> list[tuple[str, ...]]:
    """Let `run` start nothing, but note every command and let it end as `answer` says."""
    started: list[tuple[str, ...]] = []

    def quietly(*command: str | Path, **_: str) -> subprocess.CompletedProcess[str]:
        words = tuple(map(str, command))
        started.append(words)
        return subprocess.CompletedProcess(words, answer(words), "first\nE: why it failed\n")

    monkeypatch.setattr(run, "quietly", quietly)
    return started


def nothing_on_path(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.shutil, "which", lambda name, path=None: f"{path}/{name}" if path else None)


# ---- verbs -----------------------------------------------------------------------------------------------------------
def started(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", ROOT / "run", *arguments], capture_output=True, text=True, check=False, cwd="/"
    )


def test_alone_it_lists_what_there_is() -> None:
    done = started()
    assert done.returncode == 0
    listed = re.findall(r"^  (\w+) ", done.stdout, re.MULTILINE)
    assert set(listed) == {*main.commands, "test", "lint", "types", "docs", "bench", "lock"}


def test_it_says_of_the_programs_verbs_what_the_program_says(run: Any) -> None:
    assert {verb: f"{text[0].upper()}{text[1:]}." for verb, text in run.PROGRAM.items()} == VERBS


def test_an_unknown_verb_is_our_users_mistake() -> None:
    done = started("tset")
    assert done.returncode == 2
    assert "'tset'" in done.stderr
    assert "  test " in done.stderr
    assert done.stdout == ""


def test_an_old_python_is_told_so_and_not_shown_a_traceback() -> None:
    pretend = (
        "import sys; sys.version_info = (3, 9, 2); exec(compile(open(sys.argv[1]).read(), 'run', 'exec'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend, ROOT / "run"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("voorbehoud needs Python 3.11 or later")
    assert "Traceback" not in done.stderr


def test_contributing_names_every_verb_of_the_workshop(run: Any) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [verb for verb in run.WORKSHOP if f"./run {verb}" not in text] == []


def test_the_readme_gives_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "./run demo" in text
    assert "./run test" in text


# ---- set-up ----------------------------------------------------------------------------------------------------------
def test_nothing_is_done_when_everything_is_there(run: Any) -> None:
    run.PYTHON.touch()
    run.STAMP.write_text(run.fingerprint())
    run.set_up("test")  # `quietly` fails the test


def test_a_changed_lock_updates_in_place(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run.PYTHON.touch()
    run.STAMP.write_text(run.fingerprint())
    run.LOCK.write_text(run.LOCK.read_text() + "zlib==1\n")
    commands = recorded(run, monkeypatch)
    run.set_up("test")
    assert not any("venv" in command for command in commands)
    assert any(str(run.LOCK) in command for command in commands)
    assert run.STAMP.read_text() == run.fingerprint()


def test_an_interrupted_set_up_is_begun_again(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run.PYTHON.touch()  # there, but nobody wrote the stamp
    commands = recorded(run, monkeypatch)
    run.set_up("test")
    assert any(command[1:4] == ("-m", "venv", "--clear") for command in commands)
    assert run.STAMP.read_text() == run.fingerprint()


def test_a_failed_set_up_leaves_no_stamp(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run.PYTHON.touch()
    run.STAMP.write_text("of an earlier lock")
    recorded(run, monkeypatch, lambda command: int("install" in command))
    with pytest.raises(SystemExit) as ended:
        run.set_up("test")
    assert "why it failed" in str(ended.value)
    assert not run.STAMP.exists()


def test_uv_comes_from_the_lock_with_its_hashes(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_on_path(run, monkeypatch)
    asked: list[str] = []

    def answer(command: tuple[str, ...]) -> int:
        if "--only-binary" in command:
            asked.append(Path(command[-1]).read_text())
        return 0

    commands = recorded(run, monkeypatch, answer)
    run.install_packages()
    assert asked == ["uv==0.13.9 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\n"]
    assert any(command[0].endswith("uv") and "--require-hashes" in command for command in commands)


@pytest.mark.parametrize("broken", ["--only-binary", "uv"], ids=["uv cannot be had", "uv reaches no index"])
def test_pip_goes_on_where_uv_cannot(run: Any, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    nothing_on_path(run, monkeypatch)
    commands = recorded(
        run, monkeypatch, lambda command: int(broken in command or command[0].endswith(f"/{broken}"))
    )
    run.install_packages()
    lock, checkout = commands[-2:]
    assert lock[1:4] == checkout[1:4] == ("-m", "pip", "install")
    assert "--require-hashes" in lock
    assert "--no-deps" in checkout


def test_without_ensurepip_the_message_is_the_command_to_type(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_on_path(run, monkeypatch)
    monkeypatch.setattr(run, "find_spec", lambda _: None)
    monkeypatch.setattr(run, "may_install", lambda: False)
    with pytest.raises(SystemExit) as ended:
        run.make_environment("demo")
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert f"sudo apt-get install {package}\n" in str(ended.value)
    assert "./run demo" in str(ended.value)


def test_without_ensurepip_root_gets_the_package(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_on_path(run, monkeypatch)
    monkeypatch.setattr(run, "find_spec", lambda _: None)
    monkeypatch.setattr(run, "may_install", lambda: True)
    commands = recorded(run, monkeypatch)
    run.make_environment("demo")
    assert commands[0][0] == "apt-get"
    assert commands[0][-1].endswith("-venv")
    assert commands[-1][-1] == str(run.VENV)


# ---- apt-get ---------------------------------------------------------------------------------------------------------
def test_no_service_starts_while_packages_are_installed(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    policies: list[tuple[str, bool]] = []

    def answer(_: tuple[str, ...]) -> int:
        policies.append((run.POLICY.read_text(), os.access(run.POLICY, os.X_OK)))
        return 0

    recorded(run, monkeypatch, answer)
    assert run.apt_install("nginx")
    assert policies == [(run.POLICY_TEXT, True)]
    assert "exit 101" in run.POLICY_TEXT
    assert not run.POLICY.exists()


def test_the_policy_goes_also_when_apt_get_fails(
    run: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = recorded(run, monkeypatch, lambda _: 100)
    assert not run.apt_install("nginx")
    assert [command[-1] for command in commands] == ["nginx", "update", "nginx"], "old lists are fetched once"
    assert not run.POLICY.exists()
    assert "E: why it failed" in capsys.readouterr().err


def test_a_policy_of_the_machine_stays(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run.POLICY.write_text("#!/bin/sh\nexit 0\n")
    recorded(run, monkeypatch)
    run.apt_install("nginx")
    assert run.POLICY.read_text() == "#!/bin/sh\nexit 0\n"


def test_what_is_missing_is_installed_in_one_call(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def quietly(*command: str | Path, **_: str) -> subprocess.CompletedProcess[str]:
        commands.append(tuple(map(str, command)))
        lacking = "pa pb\n" if commands[-1][-1].endswith("programs.py") else ""
        return subprocess.CompletedProcess(commands[-1], 0, lacking)

    monkeypatch.setattr(run, "quietly", quietly)
    monkeypatch.setattr(run, "may_install", lambda: False)
    run.install_programs()
    assert commands == [], "without root nothing is even looked for"
    monkeypatch.setattr(run, "may_install", lambda: True)
    run.install_programs()
    assert [command[-2:] for command in commands[1:]] == [("pa", "pb")]


def test_a_program_is_there_when_its_libraries_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "teapot").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    pot = programs.Program(("kettle", "teapot"), ("tea",))
    monkeypatch.setitem(programs.PROGRAMS, "teapot", pot)
    assert programs.find("teapot") == tmp_path / "teapot"
    monkeypatch.setitem(programs.PROGRAMS, "teapot", replace(pot, libraries=("libnosuchthing.so.1",)))
    assert programs.find("teapot") is None or sys.platform != "linux"
    monkeypatch.setitem(programs.PROGRAMS, "teapot", replace(pot, names=("no-such-teapot",)))
    assert programs.find("teapot") is None


def test_programs_prints_the_packages_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-I", ROOT / "tests" / "programs.py"], capture_output=True, text=True, check=False
    )
    lacking = [name for name in programs.PROGRAMS if programs.find(name) is None]
    assert done.stdout.split() == [p for name in lacking for p in programs.PROGRAMS[name].packages]


# ---- tests that need a program -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("workers", "demanded"), [("-n0", False), ("-n1", False), ("-n0", True)])
def test_a_missing_program_skips_and_counts_or_fails(tmp_path: Path, workers: str, demanded: bool) -> None:
    (tmp_path / "tests").mkdir()
    for part in (ROOT / "tests").glob("[!t]*.py"):  # conftest.py and what it imports, not the tests
        (tmp_path / "tests" / part.name).write_bytes(part.read_bytes())
    with (tmp_path / "tests" / "programs.py").open("a", encoding="utf-8") as table:
        table.write(
            'PROGRAMS["teapot"] = Program(("no-such-teapot",), ("tea", "cosy"))\n'
            'PROGRAMS["kettle"] = Program(("ls",), ("coreutils",))\n'
        )
    (tmp_path / "tests" / "test_tea.py").write_text(
        "import pytest\n"
        '@pytest.mark.needs("teapot")\ndef test_one(): ...\n'
        '@pytest.mark.needs("teapot", "kettle")\ndef test_two(): ...\n'
        "def test_three(): ...\n"
    )
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\nmarkers = ["needs(*programs)"]\naddopts = ["-rs"]\n'
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", workers, "-p", "no:cacheprovider", "-p", "no:cov"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env=environment | {"REQUIRE_ALL": "1" if demanded else ""},
    )  # fmt: skip
    last = done.stdout.rstrip().splitlines()[-1]
    if demanded:
        assert done.returncode == 1
        assert "2 errors" in last
        assert "teapot is not installed: sudo apt-get install tea cosy (REQUIRE_ALL is set)" in done.stdout
    else:
        assert done.returncode == 0
        assert last == "2 tests were skipped for want of a program: teapot (2); sudo apt-get install tea cosy"
        assert "teapot is not installed: sudo apt-get install tea cosy\n" in done.stdout


# ---- the lock --------------------------------------------------------------------------------------------------------
def test_the_lock_holds_hashes_and_no_address() -> None:
    assert "://" not in LOCK
    pins = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(pins) > 50
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_the_lock_satisfies_the_project() -> None:
    pinned = {
        name: Version(version) for name, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", LOCK, re.MULTILINE)
    }
    wanted = map(Requirement, (*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]))
    assert [str(w) for w in wanted if w.name not in pinned or pinned[w.name] not in w.specifier] == []
