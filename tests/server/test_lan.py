"""Served to a whole network: by http for all, and by https with a certificate of our own for headsets."""

import datetime as dt
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from citiverse.server import certificate
from citiverse.server.certificate import own_addresses, own_certificate, own_names
from citiverse.server.settings import Settings, SettingsError
from tests.server.town import free_port, is_ready, make_town, wait_until


def test_both_doors_lead_to_one_city_and_close_together(tmp_path: Path) -> None:
    make_town(tmp_path)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "citiverse",
        "serve",
        "town",
        "--data",
        str(tmp_path),
        "--port",
        str(port),
        "--lan",
    ]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://localhost:{port}") as http:
            wait_until(lambda: is_ready(http), 60.0)
            assert http.get("/api/scenes").json()["secure_port"] == port + 1
            begun = http.post("/api/scenes/town/proposals", json={"title": "Seen from both doors"}).json()
        trusted = ssl.create_default_context(cafile=str(tmp_path / "certificate" / "cert.pem"))
        for name in ("localhost", "127.0.0.1", *own_addresses()[:1]):
            with httpx.Client(base_url=f"https://{name}:{port + 1}", verify=trusted) as https:
                assert https.get(f"/api/proposals/{begun['id']}").json()["title"] == "Seen from both doors"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    told = (tmp_path / "server.log").read_text()
    assert "Traceback" not in told
    assert own_certificate(tmp_path / "certificate", own_names()).fingerprint in told


def test_a_certificate_is_kept_as_long_as_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = own_certificate(tmp_path, ["localhost", "192.0.2.7"])
    assert own_certificate(tmp_path, ["192.0.2.7"]) == first
    assert first.key.stat().st_mode & 0o077 == 0
    second = own_certificate(tmp_path, ["192.0.2.8"])
    assert second.fingerprint != first.fingerprint
    first.key.write_text("not a key")
    third = own_certificate(tmp_path, ["192.0.2.8"])
    assert third.fingerprint != second.fingerprint
    lasts = x509.load_pem_x509_certificate(third.cert.read_bytes()).not_valid_after_utc
    monkeypatch.setattr(certificate, "_now", lambda: lasts - dt.timedelta(days=29))
    assert own_certificate(tmp_path, ["192.0.2.8"]).fingerprint != third.fingerprint


def test_there_is_a_port_for_https_or_a_sentence() -> None:
    assert Settings(lan=True, port=9000).secure_port == 9001
    assert Settings(lan=True, port=9000, cert=Path("c"), key=Path("k")).secure_port is None
    with pytest.raises(SettingsError, match="no port after 65535"):
        Settings(lan=True, port=65535)
