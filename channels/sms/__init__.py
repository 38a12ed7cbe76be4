"""Texts through Twilio: `create` builds the channel; the others count, shorten and split texts."""

from channels.sms.channel import create
from channels.sms.gsm7 import Segments, fit, segments, straighten
from channels.sms.splitting import messages

__all__ = ["Segments", "create", "fit", "messages", "segments", "straighten"]
