"""The SMS channel: Twilio's webhooks in, its REST interface out.

Without credentials nothing is pretended: webhooks are refused, and replies wait in the outbox with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from channels.base import DeliveryReport, Finding, InboundMessage, OutboundMessage, Received, Route, Sent
from channels.context import Context
from channels.errors import ChannelError, Permanent, Temporary
from channels.files import Fetched
from channels.sms import codes, rest, templates
from channels.sms import decode as reading
from channels.sms.gsm7 import straighten
from channels.sms.kept import Kept
from channels.sms.pacing import Pacer
from channels.sms.webhook import STATUS_PATH, Webhook, mark_of
from channels.twilio_accounts import Account, configured

# Twilio refuses longer bodies (21617).
MAX_BODY = 1600
MAX_MEDIA = 10
_SEND_SECONDS = 10.0
_REST_SECONDS = 1.0
"""How long a number rests that Twilio asked to slow down without saying for how long."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SmsChannel:
    """A `Channel` over the Twilio accounts of the settings. `seconds` bounds one request to Twilio."""

    name = "sms"
    isolated = False
    by_address = True
    """Twilio gets the files of our messages from us."""

    def __init__(self, context: Context, *, seconds: float = _SEND_SECONDS) -> None:
        self._accounts = configured(context.setting)
        self._from = context.setting("twilio_from")
        own_base = context.setting("twilio_api_base")
        self._base = own_base or rest.DEFAULT_BASE
        self._apis = {
            each.sid: rest.Api(each.sid, each.token, self._base, context.now, seconds)
            for each in (self._accounts.main, *self._accounts)
        }
        self.empties = context.setting("twilio_minimise") == "True"
        self._kept = Kept(self._accounts, self._base, context.now)
        self._now, self._sign = context.now, context.sign
        self._sites = {site.key: site.name for site in context.sites}
        try:
            self._template = templates.read(context.setting("twilio_whatsapp_template"))
        except ValueError as error:
            raise ValueError(f"DESK_TWILIO_WHATSAPP_TEMPLATE: {error}") from error
        self._pacer = Pacer(float(context.setting("twilio_rate") or 0))
        self._webhook = Webhook(context)
        # A report names a customer's number: over a network it travels encrypted or not at all. An API base of our
        # own is a test or a demo, which may call back in the clear.
        followed = context.public_url.startswith("https://") or bool(own_base)
        self._status_url = context.public_url.rstrip("/") + STATUS_PATH if followed else ""

    def routes(self) -> Sequence[Route]:
        """POST /sms/twilio, /sms/twilio/fallback and /sms/twilio/status."""
        return self._webhook.routes()

    async def start(self) -> None:
        """Open the connections to Twilio."""
        for api in self._apis.values():
            await api.start()
        await self._kept.start()

    async def stop(self) -> None:
        """Close them; a request under way fails as Temporary and stays in the outbox."""
        for api in self._apis.values():
            await api.stop()
        await self._kept.stop()

    def alive(self) -> bool:
        """Whether it was started: the connections to Twilio are open."""
        return all(api.open for api in self._apis.values())

    def pace(self, message: OutboundMessage) -> float:
        """Seconds until that message may leave from its number: by DESK_TWILIO_RATE, and where Twilio asked to wait."""
        return self._pacer.wait(message.sender or self._from, message.key, self._now().timestamp())

    def _slow_down(self, sender: str, error: Temporary) -> None:
        """The sending number rests, for every conversation, where Twilio says that it sent too fast."""
        if error.code in codes.TOO_FAST:
            wait = _REST_SECONDS if error.retry_after is None else error.retry_after
            self._pacer.rest(sender, self._now().timestamp() + wait)

    @staticmethod
    def decode(received: Received) -> InboundMessage | DeliveryReport:
        """Read a stored webhook. Raises Undecodable."""
        return reading.decode(received)

    async def send(self, message: OutboundMessage) -> Sent:
        """Hand a text to Twilio. Raises Temporary, Permanent or OptedOut.

        Twilio has no idempotency key for messages: a send that is cut off may be repeated. Our key rides in the
        callback's URL, so that its reports find their message even when the answer with the SID was lost.
        """
        sender = message.sender or self._from
        account = self._accounts.sending(message.account, sender)
        try:
            record = await self._apis[account.sid].create_message(self._fields(message, account, sender))
        except Temporary as error:
            self._slow_down(sender, error)
            raise
        return Sent(record["sid"], reading.STATES.get(str(record.get("status")), "queued"))

    async def fetch(self, source: str) -> Fetched:
        """A file that came with a message. Raises Temporary or Permanent."""
        return await self._kept.fetch(source)

    async def forget(self, source: str) -> str:
        """Have Twilio delete such a file; its answer as proof. Raises Temporary or Permanent."""
        return await self._kept.forget(source)

    async def empty(self, provider_id: str, *, account: str, sender: str) -> str:
        """Have Twilio forget the words of a message; its answer as proof. Raises Temporary or Permanent."""
        return await self._kept.empty(provider_id, self._accounts.sending(account, sender or self._from))

    def _fields(self, message: OutboundMessage, account: Account, sender: str) -> dict[str, str | list[str]]:
        missing = self._missing(account, sender)
        if missing:
            raise Temporary(f"{missing}; the text waits until it is", retry_after=rest.DESK_RETRY_SECONDS)
        fields: dict[str, str | list[str]] = {"To": message.address, **self._said(message), **_media(message)}
        fields["MessagingServiceSid" if sender.startswith("MG") else "From"] = sender
        if self._status_url:
            marked = {"key": message.key, "mark": mark_of(self._sign, account.sid, message.key)}
            fields["StatusCallback"] = f"{self._status_url}?{urlencode(marked)}"
        return fields

    def _said(self, message: OutboundMessage) -> dict[str, str]:
        """The fields that say what is sent: the words, or the template in their place."""
        if message.template:
            if self._template is None:
                raise Permanent("There is no template: set DESK_TWILIO_WHATSAPP_TEMPLATE")
            return self._template.fields(self._sites.get(message.site, message.site))
        body = straighten(message.text)
        body = body if len(body) <= MAX_BODY else message.text  # three dots are longer than one sign for them
        if len(body) > MAX_BODY:
            raise Permanent(f"A text has at most {MAX_BODY:,} characters: shorten it", code="21617")
        return {"Body": body} if body or not message.attachments else {}

    @staticmethod
    def _missing(account: Account, sender: str) -> str:
        """The setting without which nothing can be sent; "" when all are there."""
        needed = {"ACCOUNT_SID": account.sid, "AUTH_TOKEN": account.token, "FROM": sender}
        return next((f"DESK_TWILIO_{name} is not set" for name, value in needed.items() if not value), "")

    async def check(self) -> Sequence[Finding]:
        """Look at the settings, then ask Twilio for each of our accounts."""
        missing = self._missing(self._accounts.main, self._from)
        if missing:
            return (Finding("sms", False, missing, "Set it, or leave sms out of DESK_CHANNELS"),)
        url = urlsplit(self._base)
        if url.scheme != "https" and url.hostname not in _LOOPBACK:
            mend = "Use an https address for DESK_TWILIO_API_BASE"
            return (Finding("sms", False, "The Twilio credentials would travel in the clear", mend),)
        for sid, api in self._apis.items():
            try:
                await api.check_account()
            except ChannelError as error:
                which = "" if sid == self._accounts.main.sid else f"Sub-account {sid}: "
                return (Finding("sms", False, f"{which}{error}", "Mend it, or see status.twilio.com"),)
        if not self._status_url:
            mend = "Give DESK_PUBLIC_URL an https address"
            return (Finding("sms", True, "Twilio answers; delivery of texts is not followed", mend),)
        known = "the account" if len(self._apis) == 1 else f"all {len(self._apis)} accounts"
        return (Finding("sms", True, f"Twilio answers and knows {known}"),)


def _media(message: OutboundMessage) -> dict[str, list[str]]:
    """Where Twilio gets the files. Raises Permanent, so that no text goes without the files that it speaks of."""
    sources = [each.source for each in message.attachments]
    if not sources:
        return {}
    if len(sources) > MAX_MEDIA:
        raise Permanent(f"A text has at most {MAX_MEDIA} files: send the others in another", code="21623")
    if message.template or not all(sources):
        raise Permanent("The files of this text can't be offered to Twilio: send them by email")
    return {"MediaUrl": sources}


def create(context: Context) -> SmsChannel:
    """Build the SMS channel (entry point `privacydesk.channels`)."""
    return SmsChannel(context)
