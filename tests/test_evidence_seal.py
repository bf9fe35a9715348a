"""The seals: stamps of a real authority, signatures that `minisign` takes and makes, clocks that are not overrated."""

import random
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence_parts import FIRST, Authority, capture, open_authority
from voorbehoud.core.errors import UserError
from voorbehoud.core.evidence import Kind
from voorbehoud.evidence import clock, signing, stamp
from voorbehoud.evidence.extra import needed

DATA = b'{"schema": "voorbehoud.evidence/1"}\n'
NAME = "manifest.json"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorities")


@pytest.fixture(scope="module")
def authority(places: Path) -> Iterator[Authority]:
    with open_authority(places / "one", "Test stamps") as one:
        yield one


@pytest.fixture(scope="module")
def stranger(places: Path) -> Iterator[Authority]:
    """An authority that nobody trusts, and that sends a chain of certificates in an order of its own."""
    with open_authority(places / "other", "Stranger", chain=True) as other:
        yield other


# ---- time stamps -------------------------------------------------------------------------------------------------------
@pytest.mark.needs("openssl")
def test_a_stamp_says_when_and_who(authority: Authority) -> None:
    before = datetime.now(UTC)
    response = stamp.ask(authority.url, DATA)
    said = stamp.check(response, DATA, authority.certificates.read_bytes())
    assert before - timedelta(seconds=1) <= said.at <= datetime.now(UTC)
    assert said.signer == "CN=Test stamps"
    assert authority.asked[-1]["Content-Type"] == "application/timestamp-query"
    assert stamp.said(response, DATA) == said


@pytest.mark.needs("openssl")
def test_openssl_accepts_the_stamp_by_the_command_that_the_page_gives(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(DATA)
    (tmp_path / "stamp.tsr").write_bytes(stamp.ask(authority.url, DATA))
    command = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        NAME,
        "-in",
        "stamp.tsr",
        "-CAfile",
        str(authority.certificates),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


@pytest.mark.needs("openssl")
def test_a_stamp_is_for_its_data_and_its_authority_only(authority: Authority, stranger: Authority) -> None:
    response = stamp.ask(authority.url, DATA)
    with pytest.raises(stamp.OtherDataError):
        stamp.check(response, DATA + b" ", authority.certificates.read_bytes())
    with pytest.raises(stamp.OtherDataError):
        stamp.said(response, b"")
    with pytest.raises(stamp.UntrustedError):
        stamp.check(response, DATA, stranger.certificates.read_bytes())


@pytest.mark.needs("openssl")
def test_certificates_of_a_chain_are_read_in_whatever_order_they_come(stranger: Authority) -> None:
    response = stamp.ask(stranger.url, DATA)
    assert stamp.in_der_order(response) != response
    assert sorted(stamp.in_der_order(response)) == sorted(response), "no byte is lost or made"
    assert stamp.check(response, DATA, stranger.certificates.read_bytes()).signer == "CN=Stranger"


@pytest.mark.needs("openssl")
def test_a_damaged_stamp_ends_in_our_own_error(authority: Authority) -> None:
    response = stamp.ask(authority.url, DATA)
    certificates = authority.certificates.read_bytes()
    for at in range(len(response)):
        bad = bytearray(response)
        bad[at] ^= 1 << random.Random(at).randrange(8)  # noqa: S311  the same bits in every run
        try:
            assert stamp.check(bytes(bad), DATA, certificates)
        except stamp.StampError:
            continue  # what no signature covers, SHA256SUMS does: see test_evidence_verify.py
    for cut in range(0, len(response), 7):
        with pytest.raises(stamp.StampError):
            stamp.check(response[:cut], DATA, certificates)
        stamp.in_der_order(response[:cut])


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, None),
        (302, b""),
        (200, b"<html>"),
        (200, b""),
        (200, b"0" * (stamp.LARGEST + 1)),
        (200, bytes.fromhex("30053003020102")),
    ],
)
def test_an_authority_that_gives_no_stamp_is_named_with_the_way_out(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, status: int, answer: bytes | None
) -> None:
    monkeypatch.setattr(authority, "status", status)
    monkeypatch.setattr(authority, "answer", answer)
    with pytest.raises(stamp.NoStampError, match=r"127\.0\.0\.1.*--no-time-stamp"):
        stamp.ask(authority.url, DATA)


@pytest.mark.needs("openssl")
def test_an_old_stamp_for_the_same_data_is_not_taken_for_an_answer(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority, "answer", stamp.ask(authority.url, DATA))
    with pytest.raises(stamp.NoStampError, match="another question"):
        stamp.ask(authority.url, DATA)


def test_an_authority_that_is_not_there_is_told_without_its_password() -> None:
    with pytest.raises(stamp.NoStampError, match=r"http://127\.0\.0\.1:9/t") as told:
        stamp.ask("http://member:secret@127.0.0.1:9/t", DATA)
    assert "secret" not in str(told.value)
    with pytest.raises(stamp.NoStampError):
        stamp.ask("not an address", DATA)


# ---- signatures --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "union.key"
    signing.make_key(path, None)
    return path


def never() -> str:
    raise AssertionError("this key has no password")


def test_a_key_is_for_its_owner_s_eyes_and_never_overwritten(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    with pytest.raises(UserError, match="stands there already"):
        signing.make_key(key, None)
    assert key.read_bytes() == before
    public = key.with_name("union.key.pub")
    assert (
        signing.public_key(str(public))
        == signing.open_key(key, never).public
        == signing.public_key(public.read_text().split()[-1])
    )


def test_a_key_with_a_password_opens_with_that_password_only(tmp_path: Path) -> None:
    public = signing.make_key(tmp_path / "k", "kort maar krachtig")
    assert signing.open_key(tmp_path / "k", lambda: "kort maar krachtig").public == public
    with pytest.raises(UserError, match="Is that its password"):
        signing.open_key(tmp_path / "k", lambda: "kort")


def test_a_signature_is_of_these_bytes_by_this_key(key: Path, tmp_path: Path) -> None:
    signer = signing.open_key(key, never)
    signature = signer.sign(DATA, FIRST, NAME)
    assert signature == signer.sign(DATA, FIRST, NAME)
    assert signing.is_signed(signature, DATA, signer.public)
    assert not signing.is_signed(signature, DATA + b" ", signer.public)
    assert not signing.is_signed(signature, DATA, signing.make_key(tmp_path / "other", None))
    assert not signing.is_signed(b"", DATA, signer.public)


def test_every_bit_of_a_signature_counts(key: Path) -> None:
    signer = signing.open_key(key, never)
    signature = signer.sign(DATA, FIRST, NAME)
    for at in range(len(signature)):
        for bit in range(8):
            bad = bytearray(signature)
            bad[at] ^= 1 << bit
            assert not signing.is_signed(bytes(bad), DATA, signer.public), (at, bit)


@pytest.mark.needs("minisign")
def test_minisign_takes_our_signatures_and_our_keys_and_we_take_its(key: Path, tmp_path: Path) -> None:
    signer = signing.open_key(key, never)
    (tmp_path / NAME).write_bytes(DATA)
    (tmp_path / f"{NAME}.minisig").write_bytes(signer.sign(DATA, FIRST, NAME))
    for who in (["-P", signer.public], ["-p", str(key) + ".pub"]):
        done = subprocess.run(
            ["minisign", "-V", "-m", NAME, *who], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert f"file:{NAME}" in done.stdout
    theirs = ["minisign", "-S", "-s", str(key), "-m", NAME, "-x", "theirs"]
    done = subprocess.run(theirs, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert signing.is_signed((tmp_path / "theirs").read_bytes(), DATA, signer.public)


@pytest.mark.parametrize("content", [b"", b"untrusted comment: x\nRWQ\n", b"\xff" * 99, b"a\nb\nc\n"])
def test_what_is_no_key_is_told_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(UserError, match="voorbehoud evidence key"):
        signing.open_key(tmp_path / "k", never)
    with pytest.raises(UserError, match=r"\.pub"):
        signing.public_key(str(tmp_path / "k"))
    with pytest.raises(UserError, match="cannot be read"):
        signing.open_key(tmp_path / "gone", never)
    with pytest.raises(UserError, match="name of a file"):
        signing.public_key("RW\0")


def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(UserError, match=r"pip install 'voorbehoud\[evidence\]'"), needed("evidence"):
        import voorbehoud_that_is_not_there  # type: ignore[import-not-found]  # noqa: F401


# ---- clocks ------------------------------------------------------------------------------------------------------------
@pytest.mark.needs("openssl")
@pytest.mark.parametrize("wrong", [timedelta(), timedelta(hours=1), -timedelta(hours=1)])
def test_a_clock_is_known_within_bounds_and_no_closer(authority: Authority, wrong: timedelta) -> None:
    reading = clock.ask(authority.url, lambda: datetime.now(UTC) + wrong)
    assert reading.least <= wrong.total_seconds() <= reading.most
    assert reading.most - reading.least >= 1, "a Date has whole seconds"


def test_a_clock_that_does_not_tell_is_an_error_of_the_user_s() -> None:
    with pytest.raises(UserError, match="does not tell the time"):
        clock.ask("http://127.0.0.1:9/", lambda: FIRST)


def test_servers_tell_the_time_unless_a_cache_speaks_for_them() -> None:
    date = ("Date", "Sun, 01 Nov 2026 12:00:00 GMT")
    plain = capture(Kind.PAGE, "/", headers=(date,))
    cached = capture(Kind.PAGE, "/", headers=(date, ("Age", "86400")), at=FIRST + timedelta(days=1))
    odd = [
        capture(Kind.PAGE, "/", headers=(("Date", text),))
        for text in ("", "gisteren", "Sun, 99 Nov 2026", "\0")
    ]
    assert clock.beside_servers([plain, cached, *odd]) == (0.25, 1)
    late = replace(plain, at=plain.at + timedelta(seconds=10))
    assert clock.beside_servers([plain, late, late]) == (10.25, 3)
    assert clock.beside_servers([cached, *odd]) is None
