"""Whether a visitor asks that answers also go to them by email. Pure; called by `away_turns`.

What the chat's own form says for them (channels/webchat/frames.py) is one of these requests. Whatever speaks of data,
or of much else, is left to `intents`.
"""

from __future__ import annotations

import re

MOST_WORDS = 20
_ADDRESS = re.compile(r"[^\s<>,;:()\"']{1,64}@[^\s<>,;:()\"']{1,255}")
_ASKS = re.compile(
    r"(?:(?:hi|hello|ok|okay|thanks|thank you|no|yes|sorry)\b[\s,.!]*)*"
    r"(?:(?:can|could|would|will) (?:you|u) )?(?:please |pls |just )*"
    r"(?:(?:e-?mail|mail) me (?:with )?(?:the |your |any |all )?(?:answers?|repl(?:y|ies)|response)"
    r"|(?:send|forward) (?:me )?(?:the |your |any |all )?(?:answers?|repl(?:y|ies)|response)"
    r"(?: to me)? (?:(?:by|via|in an) e-?mail|(?:to|at|on) (?:my (?:e-?mail|mail)(?: address)?|ADDRESS@)))"
    r"(?:[\s,]*(?:here |instead |please |to |at |on |by |it'?s |via |e-?mail |my |address |is )*(?:ADDRESS@)?)?"
    r"(?: please| thanks| thank you)?\W*",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether the message asks for answers by email, and for nothing else.

    >>> asks("can you email me the answer at sam@example.com?"), asks("email me the answer and all my data")
    (True, False)
    """
    if len(text) > 400 or len(text.split()) > MOST_WORDS:  # noqa: PLR2004  an address and a few words are no longer
        return False
    return bool(_ASKS.fullmatch(_ADDRESS.sub("ADDRESS@", text.strip()) + " "))
