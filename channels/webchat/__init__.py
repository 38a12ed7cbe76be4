"""Web chat: a script for any page, and a WebSocket that sends each line exactly once and in order.

- frames.py: what visitors send, and what is refused   writing.py: what the desk sends (both pure)
- sessions.py: who is speaking   identity.py: who the host site says they are   limits.py: how much (all pure)
- door.py: who comes in   talk.py: what a visitor's frames do   cursor.py: what they have been sent
- socket.py: frames by WebSocket   requests.py, polling.py: by long polling   uploads.py: files
- links.py, serving.py, transcripts.py: what lines link to
- channel.py: all that are here, and the contract of channels/base.py
- static/widget/, static/lang/: what pages embed, in modules by meaning and words by language
- joining.py makes one script of the modules (pure)   assets.py serves it, and the words
"""

from channels.base import Channel
from channels.context import Context
from channels.webchat.channel import WebChat


def create(context: Context) -> Channel:
    """Build the channel."""
    return WebChat(context)
