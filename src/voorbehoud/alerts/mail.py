"""Letters by mail: plain text and HTML, over a line that is kept from others, to addresses that stand in no store."""

import base64
import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from types import TracebackType
from typing import Self

from .letter import Letter, Outcome
from .settings import Security, Smtp

SECONDS = 30.0
"""How long a mail server may take for each of its answers."""

LONGEST_WORDS = 200


def message(letter: Letter, sender: Address, to: Sequence[str], at: datetime) -> EmailMessage:
    """Give the letter as a mail: multipart/alternative, nothing in it is loaded from elsewhere."""
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = tuple(Address(addr_spec=each) for each in to)
    made["Subject"] = letter.subject  # a line break in it raises: whoever writes letters leaves none
    made["Date"] = at
    made["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply, please
    made.set_content(letter.text, cte="quoted-printable")
    made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    made["Content-Language"] = letter.lang  # set before, it would go to the first of the two parts alone
    return made


class Post:
    """Sends letters over one connection, which is made when the first is sent and made again after a failure."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp
        self._line: smtplib.SMTP | None = None

    def send(self, letter: Letter, to: Sequence[str], at: datetime) -> Outcome:
        """Send one letter to all of `to`, in one go: when one address is told to wait, nobody gets it now.

        An address that is refused for good keeps the others from nothing, and is told in `words`.
        """
        whole = message(letter, self._smtp.sender, to, at).as_bytes()
        fresh = self._line is None
        outcome = self._attempt(whole, to)
        # Servers close a line that carried many letters, or none for long; nothing of this one was sent yet.
        if outcome is None and not fresh:
            outcome = self._attempt(whole, to)
        return outcome or _LOST

    def _attempt(self, whole: bytes, to: Sequence[str]) -> Outcome | None:
        """Give how it went; None where the line broke before anything of the letter was taken."""
        begun = False
        try:
            line = self._line = self._line or self._connected()
            code, words = line.mail(
                self._smtp.sender.addr_spec, [f"size={len(whole)}"] * line.has_extn("size")
            )
            if code == 421:
                self._hang_up()
                return None
            if code != 250:
                return self._left(Outcome(False, _said(code, words), refused=code >= 500, unreached=True))
            refused = []
            for address in to:
                code, words = line.rcpt(address)
                if code not in {250, 251}:
                    refused.append(
                        Outcome(False, _said(code, words), refused=code >= 500, unknown=code >= 500)
                    )
            soon = [each for each in refused if not each.refused]
            if soon or len(refused) == len(to):
                return self._left((soon or refused)[0])
            begun = True
            code, words = line.data(whole)
            if code != 250:
                return self._left(_refusal(code, words))
            return Outcome(True, "; ".join(each.words for each in refused))
        except smtplib.SMTPServerDisconnected as error:
            self._hang_up()
            return Outcome(False, _plain(error), unreached=True) if begun else None
        except smtplib.SMTPDataError as error:
            return self._left(_refusal(error.smtp_code, error.smtp_error))
        except smtplib.SMTPResponseException as error:
            self._hang_up()
            said = _said(error.smtp_code, error.smtp_error)
            return Outcome(False, said, refused=error.smtp_code >= 500, unreached=True)
        except smtplib.SMTPNotSupportedError as error:
            self._hang_up()
            return Outcome(False, _plain(error), refused=True, unreached=True)
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Outcome(False, _plain(error), unreached=True)

    def _connected(self) -> smtplib.SMTP:
        smtp = self._smtp
        trust = ssl.create_default_context(cafile=smtp.authorities)
        line: smtplib.SMTP
        if smtp.security is Security.TLS:
            line = smtplib.SMTP_SSL(smtp.server, smtp.port, timeout=SECONDS, context=trust)
        else:
            line = smtplib.SMTP(smtp.server, smtp.port, timeout=SECONDS)
        try:
            line.ehlo_or_helo_if_needed()
            if smtp.security is Security.STARTTLS:
                line.starttls(context=trust)  # raises where the server has none: never in the open instead
                line.ehlo()
            if smtp.user is not None and smtp.password is not None:
                _log_in(line, smtp.user, smtp.password)
        except BaseException:
            line.close()
            raise
        return line

    def _left(self, outcome: Outcome) -> Outcome:
        """Leave this letter, and keep the line for the next."""
        if self._line is not None:
            try:
                self._line.rset()
            except (OSError, smtplib.SMTPException):
                self._hang_up()
        return outcome

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def close(self) -> None:
        """Say goodbye, whether or not the other side still listens."""
        line, self._line = self._line, None
        if line is not None:
            try:
                line.quit()
            except (OSError, smtplib.SMTPException):
                line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_LOST = Outcome(False, "the mail server broke the connection off", unreached=True)


def _log_in(line: smtplib.SMTP, user: str, password: str) -> None:
    if (user + password).isascii():
        line.login(user, password)
        return
    # smtplib knows ASCII only; PLAIN is UTF-8 (RFC 4616, section 2).
    given = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    code, words = line.docmd("AUTH", f"PLAIN {given}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, words)


def _refusal(code: int, words: bytes | str) -> Outcome:
    return Outcome(False, _said(code, words), refused=code >= 500)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:LONGEST_WORDS]


def _plain(error: Exception) -> str:
    """Give the words of an error.  Those of smtplib and ssl name no secret."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_WORDS]
