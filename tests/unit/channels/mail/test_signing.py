"""DKIM: what leaves is signed by the key of its sender's domain, and a wrong key stops the start with its mend."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.base import OutboundMessage
from channels.context import Site
from channels.mail import signing
from channels.mail.compose import compose
from tests.unit.channels.mail.desk import NOW, sign

SITES = (
    Site("iomart", "iomart", (), (), ("info@iomart.com",), "iomart"),
    Site("easyspace", "Easyspace", (), (), ("privacy@easyspace.com",), "easyspace"),
)


@cache
def pem(bits: int = 2048) -> bytes:
    """An RSA key."""
    key = rsa.generate_private_key(65537, bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_file(folder: Path, name: str = "dkim.pem", content: bytes | None = None) -> Path:
    """A file with a key that only its owner reads."""
    path = folder / name
    path.write_bytes(pem() if content is None else content)
    path.chmod(0o600)
    return path


def setting(**values: str) -> Callable[[str], str]:
    return lambda name: values.get(name, "")


def resolved(keys: dict[str, signing.Key]) -> Callable[..., bytes | None]:
    """DNS that holds the records which the doctor wants."""
    zone = {f"{key.selector}._domainkey.{key.domain}.": key.record for key in keys.values()}

    def look(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout
        record = zone.get(name.decode())
        return "".join(record.split('"')[1::2]).encode() if record else None

    return look


def mail(**changes: object) -> bytes:
    known = {"key": "k1", "address": "ann@example.net", "sender": "info@iomart.com", "text": "Hello.", **changes}
    return compose(OutboundMessage(**known), "iomart", NOW, sign, "https://desk.example").content  # type: ignore[arg-type]


def test_a_signed_mail_is_verified_by_the_record_that_the_doctor_prints(tmp_path: Path) -> None:
    """The whole way: key, signature, DNS record. One key signs for every domain of the mailboxes, as d=."""
    path = key_file(tmp_path)
    keys = signing.keys(setting(dkim_key_file=str(path), dkim_selector="desk2026"), SITES)
    assert list(keys) == ["iomart.com", "easyspace.com"]
    signed = signing.signed(mail(), keys["iomart.com"])
    assert signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=iomart.com;")
    assert dkim.verify(signed, dnsfunc=resolved(keys))
    assert not dkim.verify(signed.replace(b"Hello", b"Hallo"), dnsfunc=resolved(keys))
    another = signed.replace(b"\r\nFrom:", b"\r\nSubject: pay here\r\nFrom:", 1)
    assert not dkim.verify(another, dnsfunc=resolved(keys)), "a header added beside a signed one breaks it"


def test_a_mail_in_other_letters_is_signed_too(tmp_path: Path) -> None:
    """Headers in UTF-8 (SMTPUTF8) and a body of any length."""
    keys = signing.keys(setting(dkim_key_file=str(key_file(tmp_path)), dkim_selector="s"), SITES)
    signed = signing.signed(mail(address="jørn@bücher.example", text="Grüße\n\n" + "ÿ" * 5_000), keys["iomart.com"])
    assert dkim.verify(signed, dnsfunc=resolved(keys))


def test_each_domain_may_have_its_own_key_and_no_other_is_signed_for(tmp_path: Path) -> None:
    """`{domain}` in the file's name; a domain that is not named goes unsigned."""
    key_file(tmp_path, "iomart.com.pem")
    only = setting(dkim_key_file=str(tmp_path / "{domain}.pem"), dkim_selector="s", dkim_domain="iomart.com")
    assert list(signing.keys(only, SITES)) == ["iomart.com"]
    plain = mail()
    assert signing.signed(plain, None) == plain
    both = setting(dkim_key_file=str(tmp_path / "{domain}.pem"), dkim_selector="s")
    with pytest.raises(ValueError, match=r"easyspace\.com\.pem can't be read"):
        signing.keys(both, SITES)


def test_a_wrong_setting_names_its_mend(tmp_path: Path) -> None:
    """Half a setting, no key, a small one, one of another kind, one with a password."""
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # 512 bits can be read and no longer be made by this library.
    wrong = {"empty": b"", "no.pem": b"hello", "curve.pem": curve}
    for name, content in wrong.items():
        given = setting(dkim_key_file=str(key_file(tmp_path, name, content)), dkim_selector="s")
        with pytest.raises(ValueError, match="openssl genrsa"):
            signing.keys(given, SITES)
    with pytest.raises(ValueError, match="DESK_DKIM_SELECTOR must be"):
        signing.keys(setting(dkim_key_file=str(key_file(tmp_path)), dkim_selector="a b"), SITES)
    with pytest.raises(ValueError, match="and no key"):
        signing.keys(setting(dkim_domain="iomart.com"), SITES)
    with pytest.raises(ValueError, match="is no domain"):
        signing.keys(
            setting(dkim_key_file=str(key_file(tmp_path)), dkim_selector="s", dkim_domain="https://iomart.com"), SITES
        )
    assert signing.keys(setting(), SITES) == {}


def test_the_doctor_prints_the_record_and_what_is_weak(tmp_path: Path) -> None:
    """A key that others can read is to be mended, a short one is said, an unsigned domain is named."""
    path = key_file(tmp_path, content=pem(1024))
    given = setting(dkim_key_file=str(path), dkim_selector="s", dkim_domain="iomart.com")
    first, second = signing.findings(signing.keys(given, SITES), SITES, relay=True)
    assert first.ok
    assert "1024 bits" in first.text
    assert 's._domainkey.iomart.com. IN TXT "v=DKIM1; k=rsa; p=' in first.text
    assert "easyspace.com" in second.part
    path.chmod(0o644)
    (loose, _) = signing.findings(signing.keys(given, SITES), SITES, relay=True)
    assert not loose.ok
    assert "chmod" in loose.mend
