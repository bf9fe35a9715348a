"""Letters by mail, against a real mail server."""

from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest

from alert_servers import DROP, SECRET, Mailbox, mail_server
from awkward_servers import certificate
from voorbehoud.alerts.letter import Letter, Outcome, next_attempt
from voorbehoud.alerts.mail import Post
from voorbehoud.alerts.settings import Security, Smtp

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
ME, YOU, OTHER = Address("Bond, ICT é", "ict", "bond.example"), "a@leden.example", "b@leden.example"


def letter(number: int = 1, **given: str) -> Letter:
    texts: dict[str, str] = {
        "subject": "Voorbehoud: één site slechter",
        "text": "Regel één\n.\n..punt\n",
        "html": "<p>Regel één</p>",
        "data": "{}",
        "brief": "",
    }
    return Letter(id=f"vb-{number}", lang="nl", **(texts | given))


def open_line(box: Mailbox, **given: Any) -> Smtp:
    return Smtp("127.0.0.1", box.port, Security.NONE, ME, **given)


def send(box: Mailbox, *to: str, smtp: Smtp | None = None) -> Outcome:
    with Post(smtp or open_line(box)) as post:
        return post.send(letter(), to or (YOU,), AT)


# ---- the letter ------------------------------------------------------------------------------------------------------
def test_a_letter_says_the_same_as_text_and_as_html() -> None:
    with mail_server() as box:
        assert send(box, YOU, OTHER) == Outcome(True)
    ((to, made),) = box.letters
    assert to == (YOU, OTHER)
    assert made.get_content_type() == "multipart/alternative"
    text, html = made.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == letter().text
    assert html.get_content().strip() == letter().html
    assert (made["Subject"], made["Message-ID"]) == (letter().subject, "<vb-1@bond.example>")
    assert made["From"].addresses == (ME,)
    assert made["To"] == f"{YOU}, {OTHER}"
    assert made["Date"].datetime == AT
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["Content-Language"] == "nl"


@pytest.mark.parametrize("end", ["\r\nBcc: x@evil.example", "\nBcc: x@evil.example", "\rBcc: x@evil.example"])
def test_no_subject_becomes_a_second_header(end: str) -> None:
    with mail_server() as box, Post(open_line(box)) as post, pytest.raises(ValueError, match="linefeed"):
        post.send(letter(subject=f"Voorbehoud{end}"), (YOU,), AT)
    assert box.letters == []


# ---- the line --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_over_tls_with_a_password(tmp_path: Path, security: Security) -> None:
    context, trust = certificate(tmp_path)
    starttls = security is Security.STARTTLS
    with mail_server(
        starttls=context if starttls else None, tls=None if starttls else context, login=True
    ) as box:
        smtp = Smtp("127.0.0.1", box.port, security, ME, "ict", SECRET, trust)
        assert send(box, smtp=smtp) == Outcome(True)
        wrong = send(box, smtp=Smtp("127.0.0.1", box.port, security, ME, "ict", "fout", trust))
        assert (wrong.sent, wrong.refused, wrong.unreached) == (False, True, True)
        assert wrong.words.startswith("535 5.7.8")
        distrusted = send(box, smtp=Smtp("127.0.0.1", box.port, security, ME, "ict", SECRET))
        assert "CERTIFICATE_VERIFY_FAILED" in distrusted.words
    assert len(box.letters) == 1
    assert "fout" not in repr([wrong, distrusted])
    assert SECRET not in repr([wrong, distrusted])


def test_a_server_without_starttls_gets_neither_password_nor_letter() -> None:
    with mail_server() as box:
        smtp = Smtp("127.0.0.1", box.port, Security.STARTTLS, ME, "ict", SECRET)
        outcome = send(box, smtp=smtp)
    assert (outcome.sent, outcome.refused, outcome.unreached) == (False, True, True)
    assert "STARTTLS" in outcome.words
    assert box.letters == []


def test_many_letters_go_over_one_line() -> None:
    with mail_server() as box, Post(open_line(box)) as post:
        assert all(post.send(letter(n), (YOU,), AT).sent for n in range(5))
    assert (len(box.letters), box.connections) == (5, 1)


def test_a_line_that_the_server_closes_between_two_letters_is_made_anew() -> None:
    with mail_server() as box, Post(open_line(box)) as post:
        assert post.send(letter(1), (YOU,), AT).sent
        box.mail = ["421 4.7.0 too many letters on this line"]
        assert post.send(letter(2), (YOU,), AT).sent
    assert (len(box.letters), box.connections) == (2, 2)


def test_a_server_that_is_not_there() -> None:
    with mail_server() as box:
        pass
    outcome = send(box)
    assert (outcome.sent, outcome.refused, outcome.unreached) == (False, False, True)
    assert "ConnectionRefusedError" in outcome.words


# ---- refusals --------------------------------------------------------------------------------------------------------
def test_an_address_that_must_wait_keeps_everybody_waiting() -> None:
    with mail_server() as box:
        box.rcpt[OTHER] = ["450 4.2.0 greylisted"]
        outcome = send(box, YOU, OTHER)
        assert outcome == Outcome(False, "450 4.2.0 greylisted")
        assert box.letters == [], "else the first would get it twice"
        assert send(box, YOU, OTHER) == Outcome(True)
    assert len(box.letters) == 1


def test_an_address_that_is_refused_for_good_keeps_nobody_waiting() -> None:
    with mail_server() as box:
        box.rcpt[OTHER] = ["550 5.1.1 no such box"]
        assert send(box, YOU, OTHER) == Outcome(True, "550 5.1.1 no such box")
    assert [to for to, _ in box.letters] == [(YOU,)]


def test_the_only_address_refused_for_good_is_unknown() -> None:
    with mail_server() as box, Post(open_line(box)) as post:
        box.rcpt[YOU] = ["550 5.1.1 no such box"]
        refused = Outcome(False, "550 5.1.1 no such box", refused=True, unknown=True)
        assert post.send(letter(1), (YOU,), AT) == refused
        assert post.send(letter(2), (OTHER,), AT).sent, "the line still works"
    assert box.connections == 1


@pytest.mark.parametrize(("reply", "refused"), [("451 4.3.0 later", False), ("552 5.3.4 too large", True)])
def test_a_letter_that_is_not_taken(reply: str, refused: bool) -> None:
    with mail_server() as box, Post(open_line(box)) as post:
        box.data = [reply]
        assert post.send(letter(1), (YOU,), AT) == Outcome(False, reply, refused=refused)
        assert post.send(letter(2), (YOU,), AT).sent
    assert box.connections == 1


def test_a_sender_that_is_refused_is_no_fault_of_an_address() -> None:
    with mail_server() as box:
        box.mail = ["553 5.7.1 not your name"]
        outcome = send(box)
    assert outcome == Outcome(False, "553 5.7.1 not your name", refused=True, unreached=True)


def test_a_line_cut_after_the_letter_was_taken_is_a_failure_and_the_repeat_is_known_for_one() -> None:
    with mail_server() as box:
        box.data = [DROP]
        outcome = send(box)
        assert (outcome.sent, outcome.refused, outcome.unreached) == (False, False, True)
        assert len(box.letters) == 1, "not sent again at once: nobody knows whether it was taken"
        assert send(box).sent
    assert len({made["Message-ID"] for _, made in box.letters}) == 1


def test_a_letter_that_may_have_been_taken_is_not_sent_again_on_a_new_line_at_once() -> None:
    with mail_server() as box, Post(open_line(box)) as post:
        assert post.send(letter(1), (YOU,), AT).sent
        box.data = [DROP]
        assert not post.send(letter(2), (YOU,), AT).sent
    assert len(box.letters) == 2


# ---- trying again ----------------------------------------------------------------------------------------------------
def test_each_wait_is_longer_until_it_is_a_day() -> None:
    soon, never = Outcome(False), Outcome(False, refused=True)
    waits = [(next_attempt(soon, n, AT) - AT).total_seconds() / 60 for n in (1, 2, 3, 4, 5, 6, 50)]
    assert waits == [5, 15, 60, 240, 720, 1440, 1440]
    assert (next_attempt(never, 1, AT) - AT).days == 1
