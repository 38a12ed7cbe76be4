"""Texts through Twilio: `create` builds the channel; `segments`, `straighten` and `fit` count and shorten texts."""

from channels.sms.channel import create
from channels.sms.gsm7 import Segments, fit, segments, straighten

__all__ = ["Segments", "create", "fit", "segments", "straighten"]
