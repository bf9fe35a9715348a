"""The vectors as a set that others use: every case of the standards has one, the docs list them all, and strangers can run them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "tests" / "vectors"
DOCS = (ROOT / "docs" / "vectors.md").read_text(encoding="utf-8")
CASES: dict[str, dict[Any, Any]] = yaml.safe_load((ROOT / "tests" / "cases.yaml").read_text(encoding="utf-8"))
NUMBERED = {
    "TDMRep, twenty tricky cases (D.3)": 20,
    "robots.txt, thirty tricky cases (F.1)": 30,
    "AIPREF, where the drafts are silent (B.5)": 8,
    "Licensing, twenty-eight tricky cases (G.1)": 28,
}
NAMED = {
    "TDMRep, the matcher (D.3)": 8,
    "TDMRep, merging (D.3)": 5,
    "TDMRep, location (A.4)": 12,
    "TDMRep, policies (A.10)": 13,
    "robots.txt, grammar to leniencies (A.1-A.6)": 27,
    "AIPREF, the table of values (B.3)": 12,
    "Licensing, where another reader errs (B.4)": 8,
    "Respect, visits in a log (9)": 1,
}
FILES = {
    path.relative_to(VECTORS).as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted(VECTORS.rglob("*.yaml"))
}


def test_no_table_lost_a_case() -> None:
    assert {name: [*CASES[name]] for name in NUMBERED} == {
        n: [*range(1, most + 1)] for n, most in NUMBERED.items()
    }
    assert {name: len(CASES[name]) for name in NAMED} == NAMED
    assert CASES.keys() == NUMBERED.keys() | NAMED.keys()


@pytest.mark.parametrize(
    ("table", "case"), [(table, case) for table, rows in CASES.items() for case in rows], ids=str
)
def test_every_case_of_the_standards_has_its_vector(table: str, case: Any) -> None:
    said = CASES[table][case]
    if isinstance(said, dict):
        assert said.keys() == {"later"}
        return
    assert said
    for file, name in said:
        found = [row for row in FILES[file] if row["name"] == name]
        assert len(found) == 1, f"{table}, {case}: {file} has no {name!r}"


def test_the_runner_of_the_docs_runs_without_us() -> None:
    """It asks Python's own parser, which is known to answer some cases otherwise."""
    (program,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    assert "voorbehoud" not in program
    assert len(program.splitlines()) <= 25
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(VECTORS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    asked = sum(len(row["asks"]) for file, rows in FILES.items() for row in rows if "asks" in row)
    last = done.stdout.splitlines()[-1]
    right, of = map(int, re.findall(r"\d+", last))
    assert of == asked
    assert 100 < right < asked
    assert "rfc9309/tricky.yaml: seven octets beat five" in done.stdout


def test_the_worked_example_is_a_vector() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    (case,) = yaml.safe_load(example)
    assert case in FILES["tdmrep/sec-tdm-header.yaml"]
