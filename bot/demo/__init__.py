"""The demo: a page with a phone, a mailbox and the chat side by side, so that the whole desk can be tried with no
account anywhere. It plays the world outside (Twilio, a mail server, a customer); the desk itself is the real one.

`serve --demo` enters `running`, which starts the desk with the demo's pages. Loopback only.
"""

from bot.demo.run import running
from bot.demo.settings import demo_overrides

__all__ = ["demo_overrides", "running"]
