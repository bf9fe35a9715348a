"""The promises of the house: rules that explain themselves, docs that are complete, walls that hold."""

import ast
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Any

import click
import grimp
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import voorbehoud
from voorbehoud import i18n
from voorbehoud.cli import main
from voorbehoud.core.finding import Rule, Severity
from voorbehoud.core.protocols import protocols
from voorbehoud.core.spec import SPECS
from voorbehoud.declaration.model import Carrier
from voorbehoud.evaluate import rulebook
from voorbehoud.signals import SIGNALS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "voorbehoud"
DOCS = ROOT / "docs"
VECTORS = ROOT / "tests" / "vectors"
PURE_ROOMS = ("evaluate", "signals", "declaration", "agents", "grammar", "core")
LINES = 450


@cache
def modules() -> tuple[Any, ...]:
    """Every module of the package."""
    found = pkgutil.walk_packages(voorbehoud.__path__, "voorbehoud.")
    return tuple(importlib.import_module(m.name) for m in found if not m.name.endswith(".__main__"))


def rules_in(value: object) -> tuple[Rule, ...]:
    """The rules that a module-level value holds: a rule, or a tuple or mapping of rules."""
    found: Iterable[object] = value.values() if isinstance(value, Mapping) else (value,)
    if isinstance(value, tuple | list | frozenset | set):
        found = value
    return tuple(rule for rule in found if isinstance(rule, Rule))


@cache
def declared() -> dict[str, Rule]:
    """Every rule that any module of the package declares, whether somebody listed it or not."""
    return {
        rule.code: rule for module in modules() for value in vars(module).values() for rule in rules_in(value)
    }


def cases() -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every case of every vector file."""
    for path in sorted(VECTORS.rglob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield path, case


def blanks(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


# ---- rules -----------------------------------------------------------------------------------------------------------
def test_the_rulebook_knows_every_rule() -> None:
    assert dict(rulebook.RULES) == declared()


def test_no_two_rules_share_a_code() -> None:
    rules = {id(r): r for module in modules() for value in vars(module).values() for r in rules_in(value)}
    counted = Counter(rule.code for rule in rules.values())
    assert [code for code, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("code", sorted(rulebook.RULES))
def test_a_rule_explains_itself(code: str) -> None:
    rule = rulebook.RULES[code]
    assert re.fullmatch(r"[A-Z]{3}[12349]\d\d", code)
    assert (code[3] == "9") == (rule.severity is Severity.GOOD), "the hundreds 9 are for what is well"
    for text in (rule.message, rule.why, rule.fix):
        assert text == text.strip() != ""
    assert rule.spec.name
    assert any(rule.spec.url.startswith(spec.url) for spec in SPECS), (
        "a section comes from the table of core/spec.py"
    )


@pytest.mark.parametrize("code", sorted(rulebook.RULES))
def test_a_rule_speaks_dutch(code: str) -> None:
    rule = rulebook.RULES[code]
    english, dutch = (i18n.rule_text(rule, lang) for lang in ("en", "nl"))
    for ours, theirs in ((english.message, dutch.message), (english.why, dutch.why)):
        assert theirs.strip()
        assert theirs != ours, "this is the English text"
    assert dutch.fix.strip()
    known = blanks(rule.message, rule.why, rule.fix)
    assert blanks(dutch.message, dutch.why, dutch.fix) <= known, "a blank that nobody fills"


def test_every_rule_is_produced_by_a_vector() -> None:
    produced = {code for _, case in cases() for code in case.get("findings") or ()}
    assert sorted(declared().keys() - produced) == []
    assert sorted(produced - declared().keys()) == [], "vectors expect findings that do not exist"


def test_every_vector_says_who_decided_it() -> None:
    for path, case in cases():
        assert case.get("name"), f"{path}: a case without a name"
        assert case.get("kind") in {"standard", "house"}, f"{path}: {case['name']}: kind is standard or house"


def test_every_key_of_a_vector_is_explained_to_others() -> None:
    """docs/vectors.md tells strangers how to run the vectors; a key that it does not know stops them."""
    table = re.findall(r"^\| (`.*?) \|", (DOCS / "vectors.md").read_text(encoding="utf-8"), re.MULTILINE)
    explained = set(re.findall(r"`([a-z_]+)`", " ".join(table)))
    assert sorted({key for _, case in cases() for key in case} - explained) == []


def test_every_vector_file_is_read_by_a_test() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    files = [file.relative_to(VECTORS) for file in sorted(VECTORS.rglob("*.yaml"))]
    unread = [
        file.as_posix()
        for file in files
        if file.as_posix() not in tests
        and f'"vectors" / "{file.parent}"' not in tests  # by name, or the folder
    ]
    assert unread == []


# ---- docs ------------------------------------------------------------------------------------------------------------
def test_the_generated_pages_are_those_of_this_program() -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}: ./run docs writes them anew"


def test_every_rule_is_in_the_docs() -> None:
    text = (DOCS / "findings.md").read_text(encoding="utf-8")
    assert sorted(code for code in declared() if not re.search(rf"\b{code}\b", text)) == []


def test_every_command_and_option_is_in_the_docs() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    missing = []
    for name, command in walk(main, "voorbehoud"):
        found = re.search(rf"^## {name}\n(?s:.*?)(?=^## |\Z)", text, re.MULTILINE)
        if found is None:
            missing.append(name)
            continue
        options = (o for o in command.params if isinstance(o, click.Option) and not o.hidden)
        missing += [f"{name} {word}" for o in options for word in o.opts if not says(found[0], word)]
    assert missing == []


def walk(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command of a group with its whole name, those of groups in it included."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from walk(command, f"{path} {name}")


def says(text: str, option: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) is not None


@pytest.mark.parametrize("name", [signal.name for signal in SIGNALS])
def test_every_signal_has_its_page(name: str) -> None:
    page = (DOCS / "signals" / f"{name}.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page
    assert f"({name}.md)" in (DOCS / "signals" / "README.md").read_text(encoding="utf-8")


def test_every_protocol_is_one_of_the_specifications() -> None:
    assert set(protocols()) <= {spec.key for spec in SPECS}
    families = {"rfc9309", "tdmrep", "aipref-vocab", "content-signals", "rsl", "ai-txt", "trust-txt", "noai"}
    assert families <= set(protocols())


# ---- rooms -----------------------------------------------------------------------------------------------------------
def test_every_signal_is_listed() -> None:
    rooms = [vars(module)["SIGNAL"] for module in modules() if "SIGNAL" in vars(module)]
    assert {signal.name for signal in rooms} == {signal.name for signal in SIGNALS}
    assert len({signal.name for signal in SIGNALS}) == len(SIGNALS)


def test_every_carrier_is_a_signal_or_the_page_for_people() -> None:
    assert {signal.carrier for signal in SIGNALS} - {None} == set(Carrier) - {Carrier.POLICY_PAGE}


def test_the_walls_hold() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_signal_knows_another() -> None:
    graph = grimp.build_graph("voorbehoud", cache_dir=None)
    rooms = [module.__name__ for module in modules() if "SIGNAL" in vars(module)]
    pairs = [(a, b) for a in rooms for b in rooms if a != b]
    assert [pair for pair in pairs if graph.find_shortest_chain(importer=pair[0], imported=pair[1])] == []


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    """What comes only along with something else may be gone tomorrow; what nobody imports is weight."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *chain.from_iterable(project.get("optional-dependencies", {}).values()),
    ]
    declared_names = {canonicalize_name(Requirement(line).name) for line in asked} - {"voorbehoud"}
    owners = packages_distributions()
    graph = grimp.build_graph("voorbehoud", cache_dir=None, include_external_packages=True)
    imported = {
        canonicalize_name(owner)
        for name in graph.modules
        if graph.is_module_squashed(name)
        for owner in owners.get(name.partition(".")[0], ())
    }
    assert imported == declared_names


@pytest.mark.parametrize(
    "path",
    [path for room in PURE_ROOMS for path in sorted((SOURCE / room).rglob("*.py"))],
    ids=lambda path: path.relative_to(SOURCE).as_posix(),
)
def test_what_judges_asks_neither_clock_nor_disk(path: Path) -> None:
    """What import-linter cannot see: a module that may be imported for its types, asked for the time or a file."""
    impure = {
        "now",
        "utcnow",
        "today",
        "open",
        "input",
        "print",
        "write_text",
        "write_bytes",
        "urlopen",
        "getenv",
    }
    called = {
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for name in (getattr(node.func, "attr", None) or getattr(node.func, "id", None),)
    }
    assert called & impure == set()


def test_files_can_be_read_in_one_sitting() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted(SOURCE.rglob("*.py"))
    }
    assert {path: length for path, length in lengths.items() if length > LINES} == {}
