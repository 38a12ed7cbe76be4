"""Every table of the desk, gathered so that migrations and relations see them all."""

from bot.api.models import ApiOnce, ApiToken
from bot.audit.models import AuditEntry
from bot.casework.models import Reminder, ScheduledRun
from bot.console.models import SignInLink, Staff, StaffSession
from bot.contacts.models import Contact, ContactAddress, ContactLink, IdentityCheck, OneTimeCode, Proof
from bot.contacts.record_models import ConsentEntry, LegalHold, Suppression
from bot.conversations.models import Continuation, Conversation, Message
from bot.erasure.models import ErasureRun
from bot.files.models import AttachmentFile
from bot.learning.models import KnowledgeVersion, Lesson, PolicyText, Settled
from bot.messages.models import Inbox, Outbox, ProviderCopy
from bot.packages.link_models import PackageAccess, PackageCall, PackageLink, PackageOpening
from bot.packages.models import ItemReview, Package, PackageFile, PackageFinding, Redaction
from bot.sources.models import FoundRow, SearchRun, Upload
from bot.tickets.models import Ticket, TicketEvent

__all__ = [
    "ApiOnce",
    "ApiToken",
    "AttachmentFile",
    "AuditEntry",
    "ConsentEntry",
    "Contact",
    "ContactAddress",
    "ContactLink",
    "Continuation",
    "Conversation",
    "ErasureRun",
    "FoundRow",
    "IdentityCheck",
    "Inbox",
    "ItemReview",
    "KnowledgeVersion",
    "LegalHold",
    "Lesson",
    "Message",
    "OneTimeCode",
    "Outbox",
    "Package",
    "PackageAccess",
    "PackageCall",
    "PackageFile",
    "PackageFinding",
    "PackageLink",
    "PackageOpening",
    "PolicyText",
    "Proof",
    "ProviderCopy",
    "Redaction",
    "Reminder",
    "ScheduledRun",
    "SearchRun",
    "Settled",
    "SignInLink",
    "Staff",
    "StaffSession",
    "Suppression",
    "Ticket",
    "TicketEvent",
    "Upload",
]
