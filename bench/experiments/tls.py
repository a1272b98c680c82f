"""One call to Slack over TLS: our keep-alive client compared with slack-sdk's own.

Both call a TLS server on this machine, from one process, in turn, and trust it through the same
kind of SSL context. On a real network each new connection costs two round trips more.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from bench import figures
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.tls_calls import Round
from gopherbot.dev.procfile import ROOT, base_environment


def run(sizes: Sizes) -> Outcome:
    """Have another process make the calls, since it must trust the server's certificate."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        certificate = _certificate(Path(folder))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "bench.tls_calls", certificate),
                *(str(sizes.tls_calls), str(sizes.tls_rounds)),
            ],
            cwd=ROOT,
            # OpenSSL's own setting for trust, so our client needs no option just for the bench.
            env={**base_environment(), "SSL_CERT_FILE": certificate},
            check=True,
            stdout=subprocess.PIPE,
        )
    rounds = msgspec.json.decode(done.stdout, type=list[Round])
    return Outcome([_row("tls", "wall", rounds), _row("tls-cpu", "cpu", rounds)])


def _row(name: str, what: str, rounds: list[Round]) -> Row:
    ours = [getattr(r.ours, what) for r in rounds]
    stock = [getattr(r.stock, what) for r in rounds]
    ratio = figures.median([b / a for a, b in zip(ours, stock, strict=True)])
    words = {"wall": "wall time", "cpu": "CPU of the caller"}
    return Row(
        name=name,
        measured=f"one chat.postMessage over TLS, {words[what]}; stock WebClient",
        ours=figures.seconds(figures.median(ours)),
        baseline=figures.seconds(figures.median(stock)),
        ratio=figures.three_digits(ratio),
        target="≥ 5",
        reached=ratio >= 5,
    )


def _certificate(folder: Path) -> str:
    """Make a key and a self-signed certificate for 127.0.0.1; return the file that holds both."""
    both = folder / "server.pem"
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return str(both)
