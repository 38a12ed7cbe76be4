"""The certificate with which the SMTP server offers STARTTLS; renewed files are taken up without a restart."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

import structlog
from cryptography import x509

from channels.base import Finding

log = structlog.get_logger()

SOON_DAYS = 14
"""Days before its end from which a certificate is told of."""
MEND = "set DESK_SMTP_TLS_CERT to a PEM file with the certificate and its chain, and DESK_SMTP_TLS_KEY to its key"


class Certificate:
    """A certificate chain and its key in two PEM files, or both in one. Raises ValueError with the mend."""

    def __init__(self, cert: str, key: str) -> None:
        self.cert, self.key = Path(cert), Path(key or cert)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._seen = self._stamp()
        self._load()

    def context(self) -> ssl.SSLContext:
        """What new connections use. Files that changed are read anew; where they can't be, the old ones stay."""
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                self._load()
                log.info("the mail certificate is renewed", action="mail.certificate")
        except ValueError as error:
            log.warning("the mail certificate can't be read", action="mail.certificate", error=str(error))
        return self._context

    def check(self, now: datetime) -> Finding:
        """Whether it can be read and how long it is good."""
        part = "mail TLS"
        try:
            until = x509.load_pem_x509_certificate(self.cert.read_bytes()).not_valid_after_utc
        except (OSError, ValueError) as error:
            return Finding(part, False, f"{self.cert.name} can't be read ({type(error).__name__})", MEND)
        days = (until - now).days
        good = days >= SOON_DAYS
        text = f"certificate good until {until:%d %B %Y}" if days >= 0 else f"certificate ended on {until:%d %B %Y}"
        return Finding(part, good, text, "" if good else "renew it; the desk takes up the new file by itself")

    def _stamp(self) -> tuple[int, int]:
        try:
            return self.cert.stat().st_mtime_ns, self.key.stat().st_mtime_ns
        except OSError as error:
            raise ValueError(f"DESK_SMTP_TLS_CERT: {error.filename} can't be read; {MEND}") from error

    def _load(self) -> None:
        try:
            # A key with a passphrase would be asked for at the terminal: nobody is there.
            self._context.load_cert_chain(self.cert, self.key, password=_no_password)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise ValueError(
                f"DESK_SMTP_TLS_CERT: {self.cert.name} and {self.key.name} make no certificate with its key "
                f"({getattr(error, 'reason', None) or error}); {MEND}, without a passphrase"
            ) from error


def _no_password() -> str:
    return ""


def certificate(cert: str, key: str, *, required: bool) -> Certificate | None:
    """The certificate that the settings name, None for none. Raises ValueError with the mend."""
    if cert:
        return Certificate(cert, key)
    if key:
        raise ValueError("DESK_SMTP_TLS_KEY is set without DESK_SMTP_TLS_CERT; " + MEND)
    if required:
        raise ValueError("DESK_SMTP_TLS_REQUIRED is set, but there is no certificate; " + MEND)
    return None
