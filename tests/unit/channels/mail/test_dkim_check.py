"""The desk's own DKIM check: real signatures, real look-ups of a name server on this machine, and hostile ones."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import dkim
import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from channels.base import InboundMessage
from channels.errors import Undecodable
from channels.mail import dkim_check, resolving
from channels.mail.decode import decode
from channels.mail.dkim_check import Claim, Task, claims, verify
from tests.unit.channels.mail.desk import received

MAIL = b"From: Ann <ann@example.net>\r\nTo: info@iomart.com\r\nSubject: My data\r\n\r\nWhat do you hold?\r\n"
KEY = rsa.generate_private_key(65537, 2048)
SMALL = rsa.generate_private_key(65537, 1024)


def record(key: rsa.RSAPrivateKey = KEY, more: str = "") -> bytes:
    """The DNS record of a key."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; {more}p={base64.b64encode(public).decode()}".encode()


def signed(mail: bytes = MAIL, domain: str = "example.net", **more: Any) -> bytes:
    """The mail with a signature on top."""
    pem = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    wanted = {"include_headers": [b"From", b"Subject"]} | more
    return bytes(dkim.sign(mail, b"sel", domain.encode(), pem, **wanted)) + mail


async def apart(work: Callable[[Any], Any], given: Any, seconds: float) -> Any:
    """In place: how it is done in a process is the decoder's own test."""
    return work(given)


async def found(raw: bytes, records: dict[str, bytes | Exception | None], **facts: object) -> str:
    """What the check says of a mail, where the DNS has these records."""
    asked = received(raw, **facts)

    async def lookup(name: str, seconds: float) -> bytes | None:
        answer = records.get(name)
        if isinstance(answer, Exception):
            raise answer
        return answer

    message = decode(asked)
    assert isinstance(message, InboundMessage)
    return (await dkim_check.checked(asked, message, lookup, apart)).get("dkim_checked", "")


NAME = "sel._domainkey.example.net"


async def test_a_good_signature_passes_and_a_changed_mail_does_not() -> None:
    """Head and body count, in the order in which the mail names its signers."""
    raw = signed()
    assert await found(raw, {NAME: record()}) == "dkim=pass header.d=example.net"
    assert await found(raw.replace(b"hold?", b"know?"), {NAME: record()}) == "dkim=fail header.d=example.net"
    assert await found(raw.replace(b"My data", b"My date"), {NAME: record()}) == "dkim=fail header.d=example.net"
    assert await found(b"From: bob@bank.example\r\n" + raw, {NAME: record()}) == "dkim=fail header.d=example.net"
    twice = signed(raw, "list.example")
    assert (
        await found(twice, {NAME: record()}) == "dkim=permerror header.d=list.example; dkim=pass header.d=example.net"
    )


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (None, "permerror"),
        (b"v=DKIM1; p=", "permerror"),
        (b"nonsense", "permerror"),
        (b"v=DKIM1; p=" + b"A" * 5_000, "permerror"),
        (record(SMALL), "fail"),
        (record(more="t=y; "), "neutral"),
        (dkim_check.LookupFailed("timeout"), "temperror"),
    ],
    ids=["no key", "revoked", "no record", "too large", "another key", "testing", "no answer"],
)
async def test_what_the_dns_says_decides(answer: bytes | Exception | None, result: str) -> None:
    """A key that is not there, can't be read or is only being tried proves nothing."""
    assert await found(signed(), {NAME: answer}) == f"dkim={result} header.d=example.net"


async def test_a_signature_over_a_part_proves_too_little() -> None:
    """With l= others may add words below."""
    assert await found(signed(length=True), {NAME: record()}) == "dkim=policy header.d=example.net"


async def test_what_our_relay_has_checked_is_not_checked_again() -> None:
    """Nor is a mail that names no signer, or whose signer is no domain."""
    checked = b"Authentication-Results: mx.iomart.com; dkim=pass header.d=example.net\r\nReceived: from a by b\r\n"
    assert await found(checked + signed(), {NAME: record()}, trusted=True) == ""
    assert await found(checked + signed(), {NAME: record()}, trusted=False) == "dkim=pass header.d=example.net"
    assert await found(MAIL, {}) == ""
    assert await found(b"DKIM-Signature: v=1; d=a b; s=../x; b=\r\n" + MAIL, {}) == ""


async def test_a_check_that_takes_too_long_is_given_up() -> None:
    """The mail goes on its way, and the evidence says that it could not be checked."""
    raw = received(signed())

    async def slow(work: object, given: object, seconds: float) -> object:
        raise Undecodable("too long")

    async def lookup(name: str, seconds: float) -> bytes | None:
        return record()

    message = decode(raw)
    assert isinstance(message, InboundMessage)
    assert await dkim_check.checked(raw, message, lookup, slow) == {  # type: ignore[arg-type]  # a stand-in that fails
        "dkim_checked": "dkim=temperror header.d=example.net"
    }


def test_no_signature_raises() -> None:
    """Whatever stands in one, there is a result."""
    for tags in (
        "",
        "v=2",
        "a=rsa-sha1",
        "b=!",
        "bh=!",
        "h=",
        "t=99999999999999",
        "l=x",
        "x=1",
        "c=odd/odd",
        "i=@other",
    ):
        head = f"DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=sel; h=from; bh=aaaa; b=aaaa; {tags}\r\n".encode()
        task = Task(head + MAIL, ((Claim(0, "example.net", "sel"), record()),))
        assert verify(task)[0] in {"fail", "permerror"}, tags


def test_only_the_first_signatures_are_looked_at() -> None:
    """A mail with a hundred of them asks the DNS three times."""
    head = b"".join(f"DKIM-Signature: v=1; d=a{n}.example;\r\n s=sel\r\n".encode() for n in range(100))
    assert [claim.domain for claim in claims(head + MAIL)] == ["a0.example", "a1.example", "a2.example"]


@asynccontextmanager
async def name_server(records: dict[str, bytes]) -> AsyncIterator[tuple[int, list[str]]]:
    """A real DNS server on UDP; gives its port and the names that it was asked for."""
    asked: list[str] = []

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            query = dns.message.from_wire(data)
            name = query.question[0].name.to_text().rstrip(".")
            asked.append(name)
            if name.startswith("silent"):
                return
            answer = dns.message.make_response(query)
            text = records.get(name)
            if text is None:
                answer.set_rcode(3)
            else:
                parts = " ".join(f'"{text[at : at + 200].decode()}"' for at in range(0, len(text), 200))
                answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", dns.rdatatype.TXT, parts))
            self.transport.sendto(answer.to_wire(), addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1], asked
    finally:
        transport.close()


async def test_keys_are_asked_of_the_name_server_that_is_set() -> None:
    """Long records are joined, a missing one is none, no answer is a failure, and the same is asked once."""
    async with name_server({NAME: record()}) as (port, asked):
        lookup = resolving.resolver(f"127.0.0.1:{port}")
        assert lookup is not None
        assert await lookup(NAME, 5) == record()
        assert await lookup(NAME, 5) == record()
        assert await lookup("none._domainkey.example.net", 5) is None
        with pytest.raises(dkim_check.LookupFailed):
            await lookup("silent.example.net", 0.2)
        assert asked.count(NAME) == 1


@pytest.mark.parametrize("setting", ["name.example", "127.0.0.1:x", "1.2.3"])
def test_a_name_server_that_is_none_names_the_mend(setting: str) -> None:
    """At start, not at the first mail."""
    with pytest.raises(ValueError, match="DESK_MAIL_DNS"):
        resolving.resolver(setting)
    assert resolving.resolver("off") is None
