"""Time stamps of RFC 3161: an authority says that it saw a hash, and when.  It learns nothing but the hash."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ..core.errors import UserError
from .extra import needed

LARGEST = 256 * 1024
"""Bytes of an answer that are read; with a long chain of certificates it has some ten thousand."""

SECONDS = 30.0
SHA256 = "2.16.840.1.101.3.4.2.1"


class NoStampError(UserError):
    """The authority gave no stamp that can be used; asking again later may help."""


class StampError(Exception):
    """A stamp that proves nothing; the text says why, in English."""


class OtherDataError(StampError):
    """A stamp for something else."""


class UntrustedError(StampError):
    """A stamp that none of the given authorities stands behind."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an authority said: that it had seen the hash at `at`.  `signer` is the name in its certificate, as in RFC 4514."""

    at: datetime
    signer: str
    serial: int


# ---- ask -------------------------------------------------------------------------------------------------------------
def ask(url: str, data: bytes) -> bytes:
    """Give the authority's answer for the SHA-256 of `data`, as it came.  Raises NoStampError.

    The answer is for our question (its nonce) and for this hash; whether to believe its signer is for `check` to say.
    """
    import requests

    with needed("evidence"):
        import rfc3161_client as tsp
    question = tsp.TimestampRequestBuilder().data(data).hash_algorithm(tsp.HashAlgorithm.SHA256).build()
    try:
        with requests.post(
            url,
            data=question.as_bytes(),
            headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
            timeout=SECONDS,
            stream=True,
            allow_redirects=False,
        ) as answer:
            body = answer.raw.read(LARGEST + 1, decode_content=True)
            status = answer.status_code
    except (requests.RequestException, OSError, ValueError) as error:
        raise _refused(url, f"did not answer ({type(error).__name__})") from error
    except Exception as error:  # urllib3 has exceptions of its own while a body is read
        if type(error).__module__.partition(".")[0] != "urllib3":
            raise
        raise _refused(url, f"did not answer ({type(error).__name__})") from error
    if status != 200 or len(body) > LARGEST:
        raise _refused(url, f"answered with status {status} and {len(body)} bytes")
    try:
        response = _decoded(body)
    except StampError as error:
        raise _refused(url, f"gave no stamp ({error})") from error
    if response.tst_info.nonce != question.nonce or not _is_for(response, data):
        raise _refused(url, "answered another question than ours")
    return body


def _refused(url: str, what: str) -> NoStampError:
    return NoStampError(
        f"The time-stamp authority {without_password(url)} {what}. Try again later, or give another with --tsa; "
        "--no-time-stamp makes a bundle of which nobody else vouches for the time."
    )


def without_password(url: str) -> str:
    """Give `url` without the name and password that it may hold: those are between its user and the authority."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


# ---- check -----------------------------------------------------------------------------------------------------------
def check(response: bytes, data: bytes, authorities: bytes) -> Stamp:
    """Give what the stamp over `data` says, where one of `authorities` (certificates, PEM) stands behind it.

    The certificates need to be valid at the time of the stamp, not today: that is what a stamp is for.
    Raises UntrustedError where none of them does, OtherDataError where it is for something else, StampError where it is
    damaged, and ValueError where `authorities` holds no certificate.
    """
    with needed("evidence"):
        import rfc3161_client as tsp
    decoded = _decoded(response)
    if not _is_for(decoded, data):
        raise OtherDataError("it is a stamp for something else")
    verifier = tsp.VerifierBuilder(roots=certificates(authorities)).build()
    try:
        verifier.verify(decoded, decoded.tst_info.message_imprint.message)
    except (
        Exception
    ) as error:  # VerificationError, or a ValueError from below it: either way nobody stands behind it
        raise UntrustedError(str(error)) from error
    return _stamp(decoded)


def said(response: bytes, data: bytes) -> Stamp:
    """Give what the stamp over `data` says, without asking who says it.  Raises StampError."""
    decoded = _decoded(response)
    if not _is_for(decoded, data):
        raise OtherDataError("it is a stamp for something else")
    return _stamp(decoded)


def certificates(pem: bytes) -> list[Any]:
    """Give the certificates of a PEM file.  Raises ValueError where there is none."""
    from cryptography import x509

    return x509.load_pem_x509_certificates(pem)


def _decoded(response: bytes) -> Any:
    with needed("evidence"):
        import rfc3161_client as tsp
    try:
        decoded = tsp.decode_timestamp_response(in_der_order(response))
        granted = tsp.PKIStatus(decoded.status) is tsp.PKIStatus.GRANTED
        whole = granted and decoded.tst_info.gen_time is not None
    except Exception as error:  # a parser in another language, on bytes from anybody
        raise StampError(f"it cannot be read: {error}") from error
    if not whole:
        raise StampError(f"the authority refused (status {decoded.status})")
    return decoded


def _is_for(decoded: Any, data: bytes) -> bool:
    imprint = decoded.tst_info.message_imprint
    same: bool = imprint.message == hashlib.sha256(data).digest()
    return same and imprint.hash_algorithm.dotted_string == SHA256


def _stamp(decoded: Any) -> Stamp:
    from cryptography import x509

    try:
        (signed,) = decoded.signed_data.signer_infos
        sent = map(x509.load_der_x509_certificate, decoded.signed_data.certificates)
        names = [
            c.subject for c in sent if (c.issuer, c.serial_number) == (signed.issuer, signed.serial_number)
        ]
        signer = (names or [signed.issuer])[0].rfc4514_string()
        return Stamp(decoded.tst_info.gen_time, signer, decoded.tst_info.serial_number)
    except Exception as error:
        raise StampError(f"it cannot be read: {error}") from error


# ---- the order of certificates ----------------------------------------------------------------------------------------
SEQUENCE, CERTIFICATES = 0x30, 0xA0


def in_der_order(response: bytes) -> bytes:
    """Give `response` with the certificates in it in the order that DER demands; anything else comes back as it was.

    OpenSSL sends a chain in the order of its file, and the parser refuses what is not sorted.  The order of the
    certificates is covered by no signature, and every other byte stays in its place.
    """
    try:
        whole = _inside(response, 0, SEQUENCE)
        status = _inside(response, whole.start, SEQUENCE)
        token = _inside(response, status.stop, SEQUENCE)
        explicit = _inside(response, _value(response, token.start).stop, 0xA0)
        signed = _inside(response, explicit.start, SEQUENCE)
        at = signed.start
        while response[at] != CERTIFICATES:  # version, algorithms and content stand before
            at = _value(response, at).stop
            if at >= signed.stop:
                return response
        chain = _inside(response, at, CERTIFICATES)
        parts, at = [], chain.start
        while at < chain.stop:
            end = _value(response, at).stop
            parts.append(response[at:end])
            at = end
    except (IndexError, ValueError):
        return response
    return response[: chain.start] + b"".join(sorted(parts)) + response[chain.stop :]


def _inside(der: bytes, at: int, tag: int) -> range:
    if der[at] != tag:
        raise ValueError(f"byte {at} is not the tag {tag:#x}")
    return _value(der, at)


def _value(der: bytes, at: int) -> range:
    """Give the bytes that the value at `at` takes up, without its tag and length."""
    length, start = der[at + 1], at + 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[at + 2 : start], "big")
    if start + length > len(der):
        raise ValueError("a value goes beyond the end")
    return range(start, start + length)
