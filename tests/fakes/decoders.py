"""Ways in which decoding goes wrong; they run in the decoder's own process, so they live where little is imported."""

from __future__ import annotations

import os
import signal
import time

from channels.base import DeliveryReport, InboundMessage, Received
from channels.errors import Undecodable


def hangs(_received: Received) -> InboundMessage | DeliveryReport:
    """A parser that never ends."""
    while True:
        time.sleep(60)


def refuses(_received: Received) -> InboundMessage | DeliveryReport:
    """A parser that says that it can't."""
    raise Undecodable("this mail can't be read (ValueError)")


def trips(_received: Received) -> InboundMessage | DeliveryReport:
    """A parser with a bug."""
    raise LookupError("unknown encoding: a customer's words")


def dies(_received: Received) -> InboundMessage | DeliveryReport:
    """A parser that takes its process with it, as one that the system ends for its memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
