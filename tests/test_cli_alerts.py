"""`voorbehoud alerts`, as people and cron use it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alert_servers import Hooks, hook_server, mail_server, status
from made_visits import START, WEEK, visit
from voorbehoud.cli import main
from voorbehoud.core.member import Member
from voorbehoud.history import open_store

SITE = "https://atelier.example"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["alerts", *map(str, words)], catch_exceptions=False)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give a store in which a site lost its file, seen twice."""
    path = tmp_path / "members.db"
    with open_store(str(path)) as opened:
        for seen in (
            visit(SITE),
            visit(SITE, START + WEEK, tdm=None),
            visit(SITE, START + 2 * WEEK, tdm=None),
        ):
            round_ = opened.begin([Member(SITE, "K-1", (), "beeld")])
            opened.claim(round_, 1)
            opened.keep(round_, [seen])
    return path


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hook_server() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHAT", hooks.url)
    path = tmp_path / "alerts.toml"
    path.write_text(
        '[webhook.chat]\nurl = { env = "CHAT" }\nallow-private = true\n'
        '[feed.nieuws]\nfile = "nieuws.atom"\naddress = "https://bond.example/nieuws.atom"\n',
        encoding="utf-8",
    )
    return path


def test_everybody_is_told_once(store: Path, config: Path, hooks: Hooks) -> None:
    done = run("--store", store, "--config", config, "--lang", "nl")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "webhook/chat: gemeld (2 veranderingen)\nfeed/nieuws: gemeld (2 veranderingen)\n"
    assert config.with_name("nieuws.atom").is_file()
    again = run("--store", store, "--config", config, "--lang", "nl")
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", "Er is niets nieuws te melden.\n")
    assert len(hooks.posted) == 1


def test_what_could_not_be_sent_ends_with_3_and_is_tried_again(
    store: Path, config: Path, hooks: Hooks
) -> None:
    hooks.acts = [status(500, b"kapot \x1b[31m")]
    done = run("--store", store, "--config", config, "--lang", "en")
    assert done.exit_code == 3
    assert r"webhook/chat: not sent: 500 kapot \x1b[31m; again: " in done.stderr
    assert "geheim" not in done.output
    looked = run("--store", store, "--config", config, "--dry-run", "--lang", "en")
    assert looked.exit_code == 0
    assert "webhook/chat: 0 messages would go now" in looked.stdout
    assert r"2 changes not told: 500 kapot \x1b[31m; again: " in looked.stdout
    assert run("--store", store, "--config", config).exit_code == 0, "it is not yet time"
    assert run("--store", store, "--config", config, "--now").exit_code == 0
    first, second = hooks.posted
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_a_dry_run_shows_the_letter_and_sends_nothing(store: Path, config: Path, hooks: Hooks) -> None:
    done = run("--store", store, "--config", config, "--dry-run", "--lang", "nl")
    assert done.exit_code == 0
    assert "webhook/chat: 1 bericht zou nu gaan" in done.stdout
    assert f"  Voorbehoud: {SITE}: verloren" in done.stdout
    assert "  |   Verandering (ernstig): verloren" in done.stdout
    assert hooks.posted == []
    assert not config.with_name("nieuws.atom").exists()


def test_a_test_reaches_every_channel_and_needs_no_store(tmp_path: Path, config: Path, hooks: Hooks) -> None:
    done = run("--store", tmp_path / "none.db", "--config", config, "--test", "--lang", "en")
    assert (done.exit_code, done.stdout) == (0, "webhook/chat: sent (a test message)\n")
    assert json.loads(hooks.posted[0].body)["test"] is True
    assert hooks.posted[0].headers["webhook-id"].startswith("test-")
    assert not (tmp_path / "none.db").exists()
    hooks.acts = [status(404)]
    failed = run("--store", tmp_path / "none.db", "--config", config, "--test", "--lang", "en")
    assert (failed.exit_code, failed.stderr) == (3, "webhook/chat: not sent: 404\n")


def test_members_are_written_to_only_when_asked(store: Path, tmp_path: Path) -> None:
    addresses = tmp_path / "leden.csv"
    addresses.write_text("member;email\nK-1;een@leden.example\n", encoding="utf-8")
    with mail_server() as box:
        config = tmp_path / "mail.toml"
        config.write_text(
            f'[smtp]\nserver = "127.0.0.1"\nport = {box.port}\nsecurity = "none"\nfrom = "ict@bond.example"\n'
            '[mail.kantoor]\nto = ["kantoor@bond.example"]\n',
            encoding="utf-8",
        )
        assert run("--store", store, "--config", config).exit_code == 0
        assert [to for to, _ in box.letters] == [("kantoor@bond.example",)]
        addresses.write_text("member;email\nK-9;een@leden.example\n", encoding="utf-8")
        missing = run("--store", store, "--config", config, "--to-members", addresses, "--lang", "en")
        assert missing.exit_code == 1
        assert missing.stderr == "members: 1 member is not in the file of addresses and got no message\n"
        assert len(box.letters) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--config", "gone.toml"], "gone.toml: cannot be read"),
        (["--config", "alerts.toml", "--to-members", "gone.csv"], "gone.csv: cannot be read"),
        (
            ["--config", "alerts.toml", "--to-members", "leden.csv"],
            "[smtp] is missing; --to-members sends mail",
        ),
        (["--config", "alerts.toml", "--store", "gone.db"], "gone.db: there is no such store"),
    ],
)
def test_a_mistake_ends_with_2_and_the_way_out(
    store: Path, config: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(store.parent)
    Path("leden.csv").write_text("member,email\nK-1,een@leden.example\n", encoding="utf-8")
    done = run("--store", "members.db", *words)
    assert done.exit_code == 2
    assert said in done.stderr
