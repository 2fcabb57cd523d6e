"""Pseudonyms: who did what, without saying who anyone is."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

ANYONE = "guest"  # someone who has not asked for a pseudonym
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
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_bytes(32)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made)
    except FileExistsError:
        return path.read_bytes()
    return made
