"""A certificate of our own, for headsets in a network that has no other: they enter VR only over https."""

import datetime as dt
import ipaddress
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LASTS = dt.timedelta(days=397)  # browsers refuse what lasts longer (CA/Browser Forum Baseline Requirements, 6.3.2)
_RENEWED = dt.timedelta(days=30)  # so long before it ends
# Of a datagram socket `connect` chooses the way out and sends nothing.
_WAYS_OUT = ("10.255.255.255", "172.31.255.255", "192.168.255.255")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two files in PEM, and what people compare when their browser asks whether to trust it."""

    cert: Path
    key: Path
    fingerprint: str


def own_certificate(folder: Path, names: Iterable[str]) -> Certificate:
    """The certificate kept in `folder` for these host names and addresses; made anew when it no longer serves."""
    wanted = set(names)
    made = Certificate(folder / "cert.pem", folder / "key.pem", "")
    found = _read(made)
    if found is None or not wanted <= _names(found) or found.not_valid_after_utc - _now() < _RENEWED:
        found = _make(made, sorted(wanted))
    return Certificate(made.cert, made.key, found.fingerprint(hashes.SHA256()).hex(":").upper())


def own_addresses() -> list[str]:
    """The IPv4 addresses under which others in the network reach this machine, the likeliest first."""
    found: dict[str, None] = {}
    for way in _WAYS_OUT:
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
            outward.connect((way, 9))
            found[outward.getsockname()[0]] = None
    with suppress(OSError):
        found.update(dict.fromkeys(socket.gethostbyname_ex(socket.gethostname())[2]))
    return [each for each in found if not ipaddress.ip_address(each).is_loopback and each != "0.0.0.0"]


def own_names() -> list[str]:
    """All that this machine may be called in its network."""
    host = socket.gethostname()
    return ["localhost", host, *([] if "." in host else [f"{host}.local"]), "127.0.0.1", *own_addresses()]


def _make(into: Certificate, names: list[str]) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CitiVERSE on this machine")])
    alternatives = [_alternative(each) for each in names]
    now = _now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))  # clocks differ
        .not_valid_after(now + _LASTS - dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    into.key.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(into.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secret)
    into.cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return made


def _read(kept: Certificate) -> x509.Certificate | None:
    """The certificate in the files, or None when there is none that goes with its key."""
    try:
        found = x509.load_pem_x509_certificate(kept.cert.read_bytes())
        key = serialization.load_pem_private_key(kept.key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    return found if key.public_key() == found.public_key() else None


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(each.value) for each in names}


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
