"""What the one who runs the server decides."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_PORT = 8000
DEFAULT_SCENE = "helsinki"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SettingsError(ValueError):
    """A setting that cannot be; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to serve. `origins` are further web addresses that may use the live rooms ("https://plan.example.org").

    `hosts` are the names under which a server on the loopback is known besides localhost, behind a proxy for instance;
    `client` is a folder with the web client, by default the one that was installed. With `lan` everyone in the network
    is served, by http at `port` and with a certificate of our own by https at the port after it.
    """

    scene: str = DEFAULT_SCENE
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    data: Path = field(default_factory=lambda: default_data(os.environ))
    cert: Path | None = None
    key: Path | None = None
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    client: Path | None = None
    lan: bool = False

    def __post_init__(self) -> None:
        """Check what can be checked. Raises SettingsError."""
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"{self.port} is not a port.")
        if (self.cert is None) != (self.key is None):
            raise SettingsError("A certificate needs its key, and a key its certificate.")
        if self.secure_port is not None and self.secure_port > 65535:
            raise SettingsError(f"There is no port after {self.port} for https.")

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def tried_out(self) -> bool:
        """Whether somebody tries the server out alone: nobody else reaches it, not even through a proxy."""
        return self.local and not self.hosts and not self.origins

    @property
    def secure_port(self) -> int | None:
        """Where https is served beside http."""
        return self.port + 1 if self.lan and self.cert is None else None

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = "localhost" if self.host in ("0.0.0.0", "::", *LOOPBACK) else self.host
        return f"{'https' if self.cert else 'http'}://{host}:{self.port}/"


def default_data(environment: Mapping[str, str]) -> Path:
    """Where scenes and the log are kept: CITIVERSE_DATA, else the user's data folder (XDG Base Directory 0.8)."""
    if environment.get("CITIVERSE_DATA"):
        return Path(environment["CITIVERSE_DATA"]).expanduser()
    shared = environment.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(shared).expanduser() / "citiverse"


def settings_from(environment: Mapping[str, str], **given: object) -> Settings:
    """Settings from CITIVERSE_SCENE, _HOST, _PORT, _DATA, _CERT, _KEY, _ORIGINS, _HOSTS, _CLIENT and what is `given`.

    What is given and not None wins. Raises SettingsError.
    """
    found: dict[str, object] = {"data": default_data(environment)}
    for name in ("scene", "host", "port", "cert", "key", "origins", "hosts", "client"):
        text = environment.get(f"CITIVERSE_{name.upper()}", "")
        if text:
            found[name] = _read(name, text)
    found.update({name: value for name, value in given.items() if value is not None})
    return Settings(**found)  # type: ignore[arg-type]


def _read(name: str, text: str) -> object:
    match name:
        case "port":
            if not text.isdecimal():
                raise SettingsError(f"CITIVERSE_PORT is {text!r}, which is no number.")
            return int(text)
        case "cert" | "key" | "client":
            return Path(text).expanduser()
        case "origins" | "hosts":
            return tuple(each.strip() for each in text.split(",") if each.strip())
        case _:
            return text
