"""How mail systems say that a mail did not arrive: their senders, subjects and sentences.

Strangers write what these are matched against: every repetition is bounded or stays on its line, so that each takes
time in proportion to the text.
"""

from __future__ import annotations

import re

CODE = re.compile(r"\b([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
REPLY_CODE = re.compile(r"(?:^|[\s:#(\"'])([45][0-9][0-9])[ -](?=[^\d\s])", re.MULTILINE)
MACHINE = re.compile(
    r"mailer-?daemon|postmaster|mail.?delivery|delivery.?(?:subsystem|system|status)|system administrator|"
    r"mailsystem|mail administrator|anti-?virus|internet mail|^inetgw|^<>$|\"<>|<>$",
    re.IGNORECASE,
)
SUBJECT = re.compile(
    r"undeliver|non remis|not delivered|returned (?:mail|to sender)|returning (?:message|mail|to) |"
    r"failure notice|failed mail|mail failed|delivery (?:fail|report|status|notif|problem|has|delay|error)|"
    r"deliver\w{0,20} failure|failure (?:delivery|notice)|fail(?:ure|ed)\b.{0,40}deliver|mail error|processing error|"
    r"could not be delivered|delayed (?:mail|message)|message delayed|(?:mail|message) (?:delivery|status)|"
    r"mail system error|user unknown|unzustellbar|rejected mail|nondeliver|non.?delivery",
    re.IGNORECASE,
)
FAILED = re.compile(
    r"(?:could not|couldn't|cannot|can't|can not|was not|wasn't|has not been|not able to|unable to|wasn't able to) "
    r"(?:be )?(?:deliver|complete the delivery|reach)|did not reach|not be delivered|NOT been delivered|"
    r"deliver\w{0,20} (?:to [^\n]{1,120} )?(?:has )?fail|delivery failed|failed addresses|"
    r"addresses? (?:\w{1,40} )?failed|"
    r"undeliver|user unknown|unknown user|no such user|unknown recipient|recipient unknown|"
    r"invalid (?:final )?(?:delivery )?(?:userid|recipient|address|mailbox)|"
    r"mailbox (?:unavailable|full|not found|is full|disabled)|over quota|"
    r"quota (?:exceed|violation)|does(?:n't| not) (?:have|exist)|has been (?:returned|rejected)|"
    r"was (?:returned|rejected)|"
    r"permanent (?:fatal )?error|error-for:|returned mail follows|no valid recipients|not exactly match|"
    r"bounced|pas pu [êe]tre d[eé]livr|no longer (?:valid|in use|available)|message (?:was )?refused|"
    r"address rejected|recipient rejected|unable to relay|unrouteable|unroutable|because it has not been collected|"
    r"could not be found|not recogni[sz]ed|not our customer|无法(?:发送|投递|送达)|"
    r"fail(?:ed|ure) (?:to|in) deliver|failed to send|error (?:while )?(?:in )?deliver|unable to be delivered|"
    r"not accepting mail|message (?:was )?not delivered|mail (?:was )?not delivered|has failed|rejected by|"
    r"unknown (?:or illegal )?alias|"
    r"nicht zugestellt|unzustellbar|no se (?:pudo|ha podido) entregar|no ha podido ser entregad|não pôde ser "
    r"entregue|não foi possível entregar|impossibile recapitare|stato possibile recapitare|kon niet worden "
    r"(?:bezorgd|afgeleverd)|не (?:удалось|может быть) достав|配(?:信|送)できません|"
    r"account (?:is )?(?:disabled|inactive|closed)",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"delayed|will (?:keep|continue to) (?:be )?(?:retr|try|attempt|made)|still being retried|will be retried|"
    r"warning message only|delivery attempts will continue|not yet been delivered|could not be delivered for|"
    r"do(?:es)? not need to resend|has not yet",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(
    r"given up|giving up|permanent|not going to try again|could not be delivered to one", re.IGNORECASE
)
NO_SUCH = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|address|mailbox)|does(?:n't| not) (?:exist|have an?)|"
    r"unknown recipient|recipient unknown|invalid (?:final )?(?:delivery )?(?:userid|recipient|address|mailbox)|"
    r"(?:mailbox|address|user|account|recipient)\b.{0,60}(?:discontinued|not found|not exist|unknown|no longer valid)|"
    r"not exactly match|unrouteable|recipient name is not recogni",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}[A-Za-z0-9]")
ENVELOPE_LINES = re.compile(r"^[> \t]*(?:to|from|cc|sender|subject)[ \t]*:.*$", re.IGNORECASE | re.MULTILINE)
ORIGINAL_ID = re.compile(
    # Long ids stand on the next line.
    r"^[> \t]*message-id[ \t]*:(?:[ \t]*\r?\n[> \t]*|[ \t]*)(<[^<>\s]{1,250}>)",
    re.IGNORECASE | re.MULTILINE,
)
RETURNED = re.compile(
    r"^.{0,60}(?:original message|below this line|returned (?:mail|message)|copy of (?:the|your) message|"
    r"message text follows|"
    r"message header follows|header of the|first part of the message|forwarded message|returned mail follows|"
    r"undelivered message you sent)",
    re.IGNORECASE | re.MULTILINE,
)
