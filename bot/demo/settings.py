"""The demo's settings: the desk's own ways out lead back to this process, which plays Twilio and the mail relay."""

from __future__ import annotations

import secrets

LOOPBACK = "127.0.0.1"
DESK_NUMBER = "+441632960000"
"""Numbers and addresses that belong to nobody: Ofcom's ranges for drama, and RFC 2606."""
MAIL_DOMAIN = "example.com"


def demo_overrides(http_port: int, smtp_relay_port: int) -> dict[str, str]:
    """Settings by name for `bot.settings.load`. The token that signs is new at every start."""
    return {
        "http_host": LOOPBACK,
        "smtp_host": LOOPBACK,
        "twilio_account_sid": f"AC{secrets.token_hex(16)}",
        "twilio_auth_token": secrets.token_hex(16),
        "twilio_from": DESK_NUMBER,
        "twilio_api_base": f"http://{LOOPBACK}:{http_port}/demo/twilio",
        "relay_url": f"smtp://{LOOPBACK}:{smtp_relay_port}",
    }
