"""Asks the DNS for the keys of signatures, by the system's name servers or the one that is set. The home of `dns`."""

from __future__ import annotations

from ipaddress import ip_address

from channels.mail.dkim_check import KEY_LIMIT, Lookup, LookupFailed

OFF = "off"
CACHED = 500
PORT = 53


def resolver(setting: str) -> Lookup | None:
    """The look-up that DESK_MAIL_DNS asks for: "" for the system's name servers, an address with or without a port for
    that one, "off" for none. Raises ValueError with the mend.
    """
    if setting.strip().lower() == OFF:
        return None
    return Resolver(*_server(setting.strip())) if setting.strip() else Resolver("", PORT)


def _server(setting: str) -> tuple[str, int]:
    host, port = setting, str(PORT)
    if setting.startswith("["):
        host, _, rest = setting[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif setting.count(":") == 1:
        host, _, port = setting.partition(":")
    try:
        return str(ip_address(host)), int(port)
    except ValueError as error:
        raise ValueError(
            f"DESK_MAIL_DNS: {error}; write the address of a name server, like 192.0.2.53 or [2001:db8::53]:53, or off"
        ) from error


class Resolver:
    """A `Lookup` with a cache that keeps to each record's time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._resolver: object = None

    async def __call__(self, name: str, seconds: float) -> bytes | None:
        """As `Lookup` says."""
        # Loaded with the first signed mail: start-up time is a promise.
        import dns.asyncresolver  # noqa: PLC0415 - as said above
        import dns.exception  # noqa: PLC0415 - as said above
        import dns.resolver  # noqa: PLC0415 - as said above

        try:
            if self._resolver is None:
                asked = dns.asyncresolver.Resolver(configure=not self._host)
                asked.cache = dns.resolver.LRUCache(CACHED)
                if self._host:
                    asked.nameservers, asked.port = [self._host], self._port
                self._resolver = asked
            assert isinstance(self._resolver, dns.asyncresolver.Resolver)
            answer = await self._resolver.resolve(f"{name}.", "TXT", lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise LookupFailed(type(error).__name__) from error
        for record in answer:
            joined = b"".join(record.strings)
            if b"p=" in joined:
                return bytes(joined[: KEY_LIMIT + 1])
        return None
