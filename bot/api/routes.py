"""Every route of the API, in one table: the router and the OpenAPI document are both made from it."""

from __future__ import annotations

from bot.api import answers, bodies, conversations, knowledge, policy_answers, tickets, trail
from bot.api.gate import Route

ROOT = "/api/v1"
DOCUMENT = "/openapi.json"

ROUTES: tuple[Route, ...] = (
    Route(
        "POST", "/ask", knowledge.ask, policy_answers.Answered, "Ask what the desk would say", "knowledge",
        body=bodies.Question,
    ),
    Route("GET", "/policies", knowledge.policies, policy_answers.Policies, "List the policies", "knowledge"),
    Route(
        "GET", "/policies/{key}/{effective}", knowledge.policy, policy_answers.PolicyText, "Read a version of a policy",
        "knowledge",
    ),
    Route(
        "GET", "/tickets", tickets.index, answers.Tickets, "List tickets, newest first", "tickets",
        query=bodies.TicketQuery,
    ),
    Route("GET", "/tickets/{reference}", tickets.read, answers.TicketInFull, "Read a ticket", "tickets"),
    Route(
        "POST", "/tickets/{reference}/events", tickets.event, answers.TicketInFull, "Take a ticket one step further",
        "tickets", body=bodies.Event, refusals=(409,),
    ),
    Route(
        "POST", "/tickets/{reference}/assignee", tickets.assignee, answers.TicketInFull, "Give a ticket to somebody",
        "tickets", body=bodies.NewAssignee, refusals=(409,),
    ),
    Route(
        "GET", "/conversations", conversations.index, answers.Conversations, "List conversations, newest first",
        "conversations", query=bodies.ConversationQuery,
    ),
    Route(
        "GET", "/conversations/{id}", conversations.read, answers.Transcript, "Read a conversation", "conversations",
        query=bodies.LinesQuery,
    ),
    Route(
        "POST", "/conversations/{id}/replies", conversations.reply, answers.Written, "Reply to the customer",
        "conversations", body=bodies.Reply, status=201, refusals=(409,), keyed=True,
    ),
    Route(
        "POST", "/conversations/{id}/notes", conversations.note, answers.Written, "Write a note for staff",
        "conversations", body=bodies.Note, status=201, keyed=True,
    ),
    Route(
        "POST", "/conversations/{id}/take-over", conversations.take_over, answers.Conversation,
        "Take the conversation; the bot is silent from now on", "conversations", body=bodies.Nothing,
        refusals=(409,),
    ),
    Route(
        "POST", "/conversations/{id}/give-back", conversations.give_back, answers.Conversation,
        "Let the bot answer again", "conversations", body=bodies.Nothing,
    ),
    Route(
        "POST", "/conversations/{id}/close", conversations.close, answers.Conversation, "Close the conversation",
        "conversations", body=bodies.Nothing,
    ),
    Route(
        "GET", "/audit", trail.index, answers.Entries, "Read the audit, oldest first", "audit",
        query=bodies.AuditQuery, role="admin",
    ),
)  # fmt: skip
