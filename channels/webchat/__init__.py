"""Web chat: a script for any page, and a WebSocket that sends each line exactly once and in order.

- frames.py: what travels, and what is refused (pure)
- sessions.py: who is speaking   limits.py: how much (both pure)
- socket.py: one visitor's frames   cursor.py: what they have been sent
- channel.py: all sockets, and the contract of channels/base.py
- static/widget/, static/lang/: what pages embed, in modules by meaning and words by language
- joining.py makes one script of the modules (pure)   assets.py serves it, and the words
"""

from channels.base import Channel
from channels.context import Context
from channels.webchat.channel import WebChat


def create(context: Context) -> Channel:
    """Build the channel."""
    return WebChat(context)
