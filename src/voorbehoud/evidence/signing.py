"""Signatures that the small program `minisign` makes and checks too: who made a bundle.

Source: https://jedisct1.github.io/minisign/, the four lines of a signature file.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..core.errors import UserError
from .extra import needed

COMMENT = "signature from minisign secret key"
"""The first line of a signature is covered by nothing; so it is always this one, the words of minisign itself."""

LONGEST = 20_000
"""Bytes of a key or signature that are read; the format itself ends far below."""

Password = Callable[[], str]
"""Asked for the password of a key, and only where it has one."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret key, ready to sign.  `public` is what others check with: one word, `RW…`."""

    public: str
    _secret: Any

    def sign(self, data: bytes, when: datetime, name: str) -> bytes:
        """Give the signature file of `data`, which is called `name`; the same input always gives the same bytes."""
        comment = f"timestamp:{int(when.timestamp())}\tfile:{name}\thashed"
        signature = self._secret.sign(data, prehash=True, untrusted_comment=COMMENT, trusted_comment=comment)
        return bytes(signature) + b"\n"


def make_key(path: Path, password: str | None) -> str:
    """Write a new secret key to `path`, readable by its owner only, and the public one to `path` + `.pub`; give the latter's word.

    Without a password whoever reads the file can sign.  Raises UserError where a file stands there already.
    """
    with needed("evidence"):
        import minisign
    pair = minisign.KeyPair.generate()
    public = bytes(pair.public_key) + b"\n"
    if password:
        pair.secret_key.encrypt(password)
    _place(path, bytes(pair.secret_key) + b"\n", mode=0o600)
    try:
        _place(path.with_name(path.name + ".pub"), public, mode=0o644)
    except UserError:
        path.unlink()  # nobody was told its public half
        raise
    return str(pair.public_key.to_base64(), "ascii")


def _place(path: Path, content: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise UserError(
            f"{path}: something stands there already, and a key that is overwritten is lost. Give another name."
        ) from error
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}). Give another place.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        path.unlink()
        raise UserError(f"{path}: cannot be written ({error.strerror}). Give another place.") from error


def open_key(path: Path, password: Password) -> Signer:
    """Give the signer of the secret key at `path`.  Raises UserError where it is none, or the password is wrong."""
    with needed("evidence"):
        import minisign
    try:
        secret = minisign.SecretKey.from_bytes(_read(path).strip())
    except minisign.Error as error:
        raise UserError(
            f"{path}: not a secret key of minisign ({error}). Make one: voorbehoud evidence key {path.name}"
        ) from error
    if secret.is_encrypted():
        try:
            secret.decrypt(password())
        except (minisign.Error, MemoryError) as error:
            raise UserError(f"{path}: the key does not open ({error}). Is that its password?") from error
    return Signer(str(secret.get_public_key().to_base64(), "ascii"), secret)


def public_key(said: str) -> str:
    """Give the public key that a user means: the word itself, or the file that it stands in.  Raises UserError."""
    with needed("evidence"):
        import minisign
    try:
        return str(minisign.PublicKey.from_base64(said).to_base64(), "ascii")
    except (minisign.Error, ValueError):
        pass
    try:
        return str(minisign.PublicKey.from_bytes(_read(Path(said)).strip()).to_base64(), "ascii")
    except minisign.Error as error:
        raise UserError(
            f"{said}: not a public key of minisign ({error}). Give the file that ends in .pub, or the word RW… in it."
        ) from error


def is_signed(signature: bytes, data: bytes, public: str) -> bool:
    """Tell whether the file `signature` is a signature of `data` by the owner of `public`, and every byte of it as it should be."""
    with needed("evidence"):
        import minisign
    try:
        read = minisign.Signature.from_bytes(signature)
        minisign.PublicKey.from_base64(public).verify(data, read)
    except ValueError:  # minisign.Error among them
        return False
    # The first line and the spare bits of base64 are covered by nothing: only one way of writing them is right.
    return read.untrusted_comment == COMMENT and bytes(read) + b"\n" == signature


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror or error}). Is that the file you mean?"
        ) from error
    except ValueError as error:  # a NUL in the name
        raise UserError(f"{path}: not a name of a file ({error}).") from error
