"""Whom to tell: read whole, or every fault of it with its key and the way out."""

from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path

import pytest

from voorbehoud.alerts.settings import Form, Kind, Security, Settings, read_settings
from voorbehoud.core.errors import UserError

KEY = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
WHOLE = """
lang = "nl"
since = 2026-11-01

[smtp]
server = "smtp.bond.example"
security = "starttls"
user = "ict@bond.example"
password = { env = "SMTP_PASSWORD" }
from = "Bond, afdeling ICT <ict@bond.example>"

[mail.kantoor]
to = ["a@bond.example", "b@bond.example", "a@bond.example"]

[members]
tell = ["worse"]

[webhook.programma]
url = "https://hooks.bond.example/in"
secret = { file = "secret.txt" }

[webhook.chat]
url = { env = "CHAT" }
format = "slack"
tell = ["worse", "better"]

[feed.nieuws]
file = "public/nieuws.atom"
address = "https://bond.example/nieuws.atom"
"""
ENVIRON = {"SMTP_PASSWORD": "geheim-1", "CHAT": "https://chat.example/geheim-2"}


def read(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "secret.txt").write_text(f"{KEY}\n", encoding="utf-8")
    file = tmp_path / "alerts.toml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file, ENVIRON)


def test_all_of_it(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert (found.lang, found.since) == ("nl", datetime(2026, 11, 1, tzinfo=UTC))
    assert found.smtp is not None
    assert (found.smtp.port, found.smtp.security) == (587, Security.STARTTLS)
    assert found.smtp.sender == Address("Bond, afdeling ICT", "ict", "bond.example")
    assert (found.smtp.user, found.smtp.password) == ("ict@bond.example", "geheim-1")
    (mail,) = found.mails
    assert (mail.name, mail.to) == ("mail/kantoor", ("a@bond.example", "b@bond.example"))
    assert mail.tell == set(Kind)
    assert found.members == {Kind.WORSE}
    program, chat = found.webhooks
    assert program.secret == b"01234567890123456789012345678901"
    assert (chat.url, chat.form, chat.tell) == (
        "https://chat.example/geheim-2",
        Form.SLACK,
        frozenset({Kind.WORSE, Kind.BETTER}),
    )
    (feed,) = found.feeds
    assert feed.file == tmp_path / "public" / "nieuws.atom"


def test_members_hear_of_no_outage_unless_asked(tmp_path: Path) -> None:
    smtp = '[smtp]\nserver = "localhost"\nfrom = "a@b.example"\n[members]\n'
    assert read(tmp_path, smtp).members == {Kind.WORSE, Kind.BETTER}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('server = "smtp.bond.example"', "", "smtp.server: is missing"),
        ('"starttls"', '"ssl"', "smtp.security: 'ssl' is not known. Known: starttls, tls, none"),
        ('"starttls"', '"none"', "a password over an open line is everybody's"),
        ('{ env = "SMTP_PASSWORD" }', '"geheim-3"', "a secret does not stand in this file"),
        ('env = "SMTP_PASSWORD"', 'env = "NIETS"', "the variable NIETS holds no secret"),
        ("secret.txt", "weg.txt", "webhook.programma.secret: the file weg.txt cannot be read"),
        ('user = "ict@bond.example"', "", "user and password go together"),
        ("<ict@bond.example>", "<ict@bond.example\\r\\nBcc: x@y.example>", "smtp.from: one line of text"),
        (
            '"a@bond.example", "b',
            '"a@bond.example, c", "b',
            "mail.kantoor.to: 'a@bond.example, c' is no plain",
        ),
        ('tell = ["worse"]', 'tell = ["worst"]', "members.tell: 'worst' is not known. Known: worse, better"),
        ("https://hooks.bond", "http://hooks.bond", "over http anybody can read along"),
        ("https://hooks.bond", "https://u:p@hooks.bond", "a password does not stand in this file"),
        ("https://hooks.bond", "ftp://hooks.bond", "an address that begins with https://"),
        ("2026-11-01", '"gisteren"', "since: a day is expected, without quotes: 2026-11-01"),
        ("[feed.nieuws]", "[feed]", "feed: each has a name: write [feed.office]"),
        ("[feed.nieuws]", "[feed.Nieuws]", "the name 'Nieuws' may hold small letters"),
        ("address =", "adress =", "feed.nieuws.adress: is not known. Did you mean address?"),
        ('lang = "nl"', 'lang = "fr"', "lang: 'fr' is not known. Known: nl, en"),
        ("[smtp]", "[smpt]", "[smtp]: is missing; mail needs a server"),
        ("[smtp]", "[smtp", "is no TOML"),
    ],
)
def test_a_fault_is_told_with_its_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(UserError) as caught:
        read(tmp_path, WHOLE.replace(old, new))
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "alerts.toml"))
    assert "geheim" not in str(caught.value)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    broken = WHOLE.replace('"starttls"', '"ssl"').replace('"nl"', '"fr"').replace("address =", "adress =")
    with pytest.raises(UserError) as caught:
        read(tmp_path, broken)
    assert len(str(caught.value).splitlines()) == 4  # the address is missing, too


@pytest.mark.parametrize("secret", ["whsec_", "whsec_####", "whsec_a2xlaW4=", KEY.removeprefix("whsec_")])
def test_a_secret_is_one_of_standard_webhooks(tmp_path: Path, secret: str) -> None:
    text = WHOLE.replace('{ file = "secret.txt" }', '{ env = "KEY" }')
    file = tmp_path / "alerts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(
        UserError, match=r"is no secret of Standard Webhooks\. This makes one: python3"
    ) as caught:
        read_settings(file, {**ENVIRON, "KEY": secret})
    assert "a2xlaW4" not in str(caught.value)


def test_a_file_that_names_nobody(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="names nobody to tell"):
        read(tmp_path, 'lang = "nl"\n')


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"alerts\.toml: cannot be read"):
        read_settings(tmp_path / "alerts.toml", {})
