"""Pseudonyms: who did what, without saying who anyone is."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

ANYONE = "guest"  # someone who has not asked for a pseudonym
PLANNERS_LETTERS = 12
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to be misread


def random_word(length: int) -> str:
    """A random word that is easy to read out, five bits a letter."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class People:
    """Gives out pseudonyms and recognises them again by a token that only this server can make."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def newcomer(self) -> str:
        """A new pseudonym."""
        return f"p{random_word(10)}"

    def token(self, person: str) -> str:
        """The proof that someone is `person`."""
        return f"{person}.{self._signature(person)}"

    def recognise(self, token: str) -> str | None:
        """Whose token it is, or None when it is not one of ours."""
        person, _, signature = token.rpartition(".")
        genuine = hmac.compare_digest(signature.encode(), self._signature(person).encode())
        return person if person and genuine else None

    def _signature(self, person: str) -> str:
        return hmac.new(self._secret, person.encode(), hashlib.sha256).hexdigest()[:40]


def secret_of(path: Path) -> bytes:
    """The server's secret, made at the first call and readable by its owner alone."""
    return _kept(path, secrets.token_bytes(32))


def planners_word(path: Path) -> str:
    """The word of the planners' link, made at the first call and readable by its owner alone.

    Who runs the server hands it to those who decide on proposals; once the file is removed, another one is made.
    """
    return _kept(path, random_word(PLANNERS_LETTERS).encode()).decode("ascii", "replace").strip().lower()


def _kept(path: Path, new: bytes) -> bytes:
    """What the file holds; `new` where it was not there or held nothing."""
    with suppress(FileNotFoundError):
        if found := path.read_bytes():
            return found
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(new)
    except FileExistsError:
        return path.read_bytes()
    return new
