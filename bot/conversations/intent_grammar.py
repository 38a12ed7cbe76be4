"""Which verb does "everything you hold about me" belong to? Pure; called by `intents`.

"Send me everything you hold about me" asks for access; "erase everything you hold about me" does not. The words are
the same; the verb that governs them tells.
"""

from __future__ import annotations

import re

_REACH = 10  # words before the object in which its verb is looked for
_TRAIL = 4  # words after it in which a participle takes it ("everything you have on me deleted")

_OTHER = (
    r"delet\w+|scrap|scrapping|eras\w+|wip(?:e|ing)|remov\w+|destroy\w*|purg\w+|forget|scrub|shred|bin|rid of|"
    r"freeze|restrict\w*|pause|"
    r"suspend\w*|block|lock|stop|cease|objecting|object|correct|update(?! me| us)|change|amend|fix|rectify|sharing|"
    r"share(?! with (?:me|us))|"
    r"sell|selling|us(?:e|ing)|misus\w+|mishandl\w+|handl(?:ed|ing)|protect|leaked|lost|quarantine|"
    r"refus\w+|ignor\w+|withheld|fail(?:ed|ing)"
)
_ASKING = (
    r"see|send|give|provide|supply|show|tell|know|copy|copies|want|view|request\w*|forward|let|obtain|receive|disclose|"
    r"confirm|list|print|find|find out|requir\w+|need|ask\w*|where|who|access|get|share with|look|check|inform"
)
_VERB = re.compile(
    rf"(?P<not>\b(?:not|never|without|than) (?:\w+ ){{0,3}})?\b(?:(?P<other>{_OTHER})|(?P<asking>{_ASKING}))\b"
)
_TAKEN = re.compile(
    r"\b(?:deleted|erased|wiped|removed|destroyed|purged|forgotten|binned|shredded|gone|frozen|restricted|corrected|"
    r"amended|updated|changed|wrong|incorrect|inaccurate)\b"
)
# "What do you hold" and "send me" ask by themselves; "what you hold" is the object of a verb before it.
_ASKS = re.compile(
    r"(?:what|which|who|where|how) (?:\w+ ){0,3}?(?:do|does|did|have|has|are|is) |(?:do|does|have|are|am) |"
    r"(?:\w+ ){0,2}(?:send|give|show|provide|supply|let|tell|see|view|want|like|need|confirm|forward|disclose) "
)
# "Who did you sell my number to" asks, though it sells.
_SHARING = re.compile(r"\b(?:shar(?:e|ing)|sell|selling|us(?:e|ing)|leaked|lost|misus\w+|handl\w+)\b")
# "You refused to give me my data" speaks of a request that was made.
_DENIED = re.compile(
    r"\b(?:refus\w+|fail\w*|declin\w+|would not|will not|did not|have not|never|not been) (?:to |even )*$"
)
_END = re.compile(r"[.?] ")


def governed(words: str, start: int, end: int) -> bool:
    """Whether the words from `start` to `end` are the object of another request than seeing them."""
    inside = words[start:end]
    if _last_verb(_SHARING.sub("", inside)) == "other":
        return True
    after = _END.split(words[end:], maxsplit=1)[0].split()[:_TRAIL]
    if _TAKEN.search(" ".join(after)):
        return True
    if _DENIED.search(words[:start]) or " nothing " in inside:
        return True
    if _ASKS.match(inside):
        return False
    before = _END.split(words[:start])[-1].split()[-_REACH:]
    return _last_verb(" ".join(before)) == "other"


def _last_verb(text: str) -> str:
    """The kind of the last verb that is not negated: "other", "asking" or ""."""
    kind = ""
    for found in _VERB.finditer(text):
        if found["other"] and not found["not"]:
            kind = "other"
        elif found["asking"]:
            kind = "asking"
    return kind
