"""`voorbehoud evidence`, as people and scripts use it."""

import gzip
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evidence_parts import SITE, days, observation, open_authority
from voorbehoud.cli import main
from voorbehoud.core.member import Member
from voorbehoud.evidence import signing
from voorbehoud.history import open_store
from voorbehoud.survey import proof


def run(*words: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["evidence", *map(str, words)], input=stdin, catch_exceptions=False)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("keys") / "union.key"
    return path, signing.make_key(path, None)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, key: tuple[Path, str]) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "bundle"
    seal = proof.Seal(signing.open_key(key[0], str))
    proof.export(days(2), out, site=SITE, since=None, until=None, seal=seal, now=lambda: datetime.now(UTC))
    return out


# ---- verify ------------------------------------------------------------------------------------------------------------
def test_a_check_tells_what_is_unchecked_and_ends_with_0(bundle: Path, key: tuple[Path, str]) -> None:
    done = run("verify", bundle, "--key", key[1], "--lang", "en")
    assert done.exit_code == 0
    assert "! Sound in itself; not everything was checked" in done.stdout
    assert "no time stamp: nobody but its maker vouches for the time" in done.stdout
    assert f"Signed with the key {key[1]}" in done.stdout
    assert run("verify", bundle, "--key", key[1], "--fail-on", "warning").exit_code == 1


def test_the_public_key_may_be_a_file(bundle: Path, key: tuple[Path, str]) -> None:
    assert f"key {key[1]}" in run("verify", bundle, "--key", f"{key[0]}.pub", "--lang", "en").stdout


def test_a_check_speaks_dutch(bundle: Path) -> None:
    said = run("verify", bundle, "--lang", "nl").stdout
    assert "Bewijs over https://atelier.example, 2 waarnemingen" in said
    assert "niet gecontroleerd wie tekende" in said


def test_what_is_wrong_ends_with_1_and_names_the_file(bundle: Path, tmp_path: Path) -> None:
    gap = run("verify", bundle, "--max-gap", "23h", "--lang", "en")
    assert gap.exit_code == 1
    assert (
        "✗ manifest.json: between 1 November 2026, 12:00 UTC and 2 November 2026, 12:00 UTC (24 hours) nobody saw the site"
        in gap.stdout
    )
    assert run("verify", bundle, "--max-gap", "23h", "--fail-on", "never").exit_code == 0
    assert run("verify", bundle, "--max-gap", "1d").exit_code == 0


def test_a_check_for_programs(bundle: Path) -> None:
    told = json.loads(run("verify", bundle, "--format", "json").stdout)
    assert told["schema"] == "voorbehoud.evidence-check/1"
    assert (told["sound"], told["site"], told["observations"], told["judged"]) == (True, SITE, 2, 2)
    assert [p["key"] for p in told["problems"]] == ["key-not-given", "not-stamped"]
    assert told["signature"]["trusted"] is False
    assert told["stamp"] is None


def test_names_in_a_bundle_of_somebody_else_do_not_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "\x1b[2J\u202e").write_bytes(b"")
    (tmp_path / "manifest.json").write_text('{"schema": "\\u001b[2J"}')
    done = run("verify", tmp_path)
    assert done.exit_code == 1
    assert "\x1b" not in done.stdout
    assert "\x1b" not in run("verify", tmp_path, "--format", "json").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "gone"), "no such folder"),
        (("verify", ".", "--max-gap", "soon"), "48h or 8d"),
        (("verify", ".", "--key", "RWgone"), "cannot be read"),
        (("verify", ".", "--tsa-ca", "gone.pem"), "--tsa-ca gone.pem: cannot be read"),
    ],
)
def test_a_mistake_of_the_user_s_ends_with_2_and_the_way_out(words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in done.stderr


# ---- key ---------------------------------------------------------------------------------------------------------------
def test_a_key_is_made_and_its_public_half_printed(tmp_path: Path) -> None:
    done = run("key", tmp_path / "k", "--no-password")
    assert done.exit_code == 0
    assert signing.open_key(tmp_path / "k", str).public == done.stdout.strip()
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600
    again = run("key", tmp_path / "k", "--no-password")
    assert again.exit_code == 2
    assert "stands there already" in again.stderr


def test_a_key_whose_public_half_has_no_place_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text("of somebody else")
    done = run("key", str(tmp_path / "k"), "--no-password")
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["k.pub"]


def test_the_password_of_a_key_is_asked_or_read_and_never_shown(tmp_path: Path) -> None:
    asked = run("key", tmp_path / "a", stdin="geheim\ngeheim\n")
    assert asked.exit_code == 0
    assert "geheim" not in asked.output
    assert signing.open_key(tmp_path / "a", lambda: "geheim").public == asked.stdout.strip()
    (tmp_path / "password").write_text("nog geheimer\nnot this\n")
    run("key", tmp_path / "b", "--password-file", tmp_path / "password")
    assert signing.open_key(tmp_path / "b", lambda: "nog geheimer")
    (tmp_path / "password").write_text("\n")
    assert run("key", tmp_path / "c", "--password-file", tmp_path / "password").exit_code == 2
    assert not (tmp_path / "c").exists()


# ---- export ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with three days of one member's site, and one of another's."""
    path = str(tmp_path_factory.mktemp("stores") / "members.sqlite")
    other = replace(observation(), site="https://ander.example")
    with open_store(path) as history:
        members = [Member(SITE, "member-0417", group="fotografie"), Member(other.site, "member-0918")]
        run = history.begin(members)
        history.claim(run, 2)
        history.keep(run, [days(3)[0], other])
        for later in days(3)[1:]:
            run = history.begin(members[:1], fresh=True)
            history.claim(run, 1)
            history.keep(run, [later])
    return path


def export(store: str, out: Path, *words: str | Path, site: str = SITE) -> Result:
    return run("export", site, "--store", store, "-o", out, "--lang", "en", *words)


@pytest.mark.needs("openssl")
def test_from_the_store_to_a_sealed_bundle_and_back(
    store: str, tmp_path: Path, key: tuple[Path, str]
) -> None:
    with open_authority(tmp_path / "tsa", "Test stamps") as authority:
        ca = authority.certificates
        seal = ("--key", key[0], "--tsa", authority.url.replace("//", "//user:hunter2@"), "--tsa-ca", ca)
        first = export(store, tmp_path / "first", *seal, "--to", "2026-11-01", "--clock", authority.url)
        later = ("--from", "2026-11-02", "--previous", tmp_path / "first")
        second = export(store, tmp_path / "second", *seal, *later)
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert (first.stderr, second.stderr) == ("", "")
    assert "(1 observation)" in first.stdout
    assert "(2 observations)" in second.stdout
    trust = ("--key", key[1], "--tsa-ca", ca, "--lang", "en")
    whole = run(
        "verify", tmp_path / "second", *trust, "--previous", tmp_path / "first", "--fail-on", "warning"
    )
    assert whole.exit_code == 0, whole.stdout
    assert "✓ Sound: nothing in it was changed" in whole.stdout
    everything = [
        path.read_bytes()
        for path in sorted(tmp_path.glob("*/**/*"))
        if path.is_file() and path.parent != ca.parent
    ]
    everything += [gzip.decompress(content) for content in everything if content[:2] == b"\x1f\x8b"]
    for private in (b"hunter2", b"member-0417", b"fotografie", b"ander.example", str(tmp_path).encode()):
        assert not [content for content in everything if private in content], private


def test_the_last_day_belongs_to_the_period(store: str, tmp_path: Path) -> None:
    made = export(store, tmp_path / "b", "--no-time-stamp", "--from", "2026-11-02", "--to", "2026-11-02")
    assert "(1 observation)" in made.stdout
    told = json.loads((tmp_path / "b" / "manifest.json").read_bytes())
    assert told["period"] == {"from": "2026-11-02T00:00:00Z", "to": "2026-11-03T00:00:00Z"}
    made = export(store, tmp_path / "c", "--no-time-stamp", "--to", "2026-11-02T12:00:00")
    assert "(1 observation)" in made.stdout


def test_weak_evidence_is_made_only_on_demand_and_loudly(store: str, tmp_path: Path) -> None:
    refused = export(store, tmp_path / "b")
    assert refused.exit_code == 2
    assert "--no-time-stamp" in refused.stderr
    made = export(store, tmp_path / "b", "--no-time-stamp")
    assert made.exit_code == 0
    assert "MIND: without a time stamp" in made.stderr
    assert "MIND: without a signature" in made.stderr
    assert "No time stamp." in (tmp_path / "b" / "evidence.html").read_text()
    assert "Geen handtekening." in (tmp_path / "b" / "bewijs.html").read_text()


def test_an_authority_that_does_not_answer_ends_with_3_and_leaves_nothing(store: str, tmp_path: Path) -> None:
    done = export(store, tmp_path / "b", "--tsa", "http://127.0.0.1:9/tsa")
    assert done.exit_code == 3
    assert "did not answer" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2027-01-01"), "nothing was observed"),
        (("--from", "gisteren"), "not a day or a moment"),
        (("--previous", "gone"), "readable manifest"),
        (("--key", "gone"), "cannot be read"),
        (("--tsa-ca", "pyproject.toml"), "--tsa-ca: no certificates"),
        (("--clock", "http://127.0.0.1:9/"), "does not tell the time"),
        (("--store", "gone.sqlite"), "gone.sqlite"),
    ],
)
def test_a_mistake_in_an_export_leaves_nothing_behind(
    store: str, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    given = [tmp_path / word if word == "pyproject.toml" else word for word in words]
    done = export(store, tmp_path / "b", "--no-time-stamp", *given)
    assert done.exit_code == 2
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_what_stands_there_is_never_overwritten(store: str, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    done = export(store, tmp_path / "b", "--no-time-stamp")
    assert done.exit_code == 2
    assert "never overwritten" in done.stderr
    assert list((tmp_path / "b").iterdir()) == []
