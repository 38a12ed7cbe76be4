"""What every test shares: the logs of a real run, so that a test sees what an operator would."""

from __future__ import annotations

from bot import logs

logs.configure(level="info", readable=False)
