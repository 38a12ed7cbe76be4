"""What the API answers about policies: quotations, versions, clauses."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from bot.api import examples
from bot.api.answers import like


class Cited(BaseModel):
    """A clause that answers, verbatim."""

    model_config = like(examples.CITED)
    id: str
    text: str
    policy: str
    effective: date
    url: str


class Changed(BaseModel):
    """What another version says on the point: until the day `on` ("before"), or from it ("after").

    Where `dated` is "seen", the change came before that day. Without `text` that version has nothing in its place.
    """

    model_config = like(examples.CHANGED)
    kind: Literal["before", "after"]
    clause: str = Field(description="The id of the clause that answers, empty where the answer is silence.")
    on: date
    dated: Literal["seen", "in force"]
    id: str = ""
    text: str = ""
    policy: str = ""
    effective: date | None = None
    url: str = ""
    digest: str = Field("", description="The SHA-256 of `text`.")


class Answered(BaseModel):
    """What the desk would say to a message, as `privacydesk ask --jsonl` has it. `reason` comes with "handoff".

    `as_of` is the day that an answer from the policy is for, and `note` what there is to know about that day.
    """

    model_config = like(examples.ANSWERED)
    intent: str
    outcome: Literal["answered", "silent", "off_topic", "request", "handoff"]
    passages: list[Cited]
    reply: str
    confidence: float = Field(ge=0, le=1)
    reason: str = ""
    as_of: date | None = None
    note: str = ""
    changes: list[Changed] = []


class Version(BaseModel):
    """One dated version. `dated` is "seen" where only the day is known on which the text was found."""

    model_config = like(examples.VERSION)
    effective: date
    dated: Literal["seen", "in force"]
    title: str
    url: str = Field(description="The policy's page.")


class PolicyEntry(BaseModel):
    """One company's policy with all its versions, oldest first."""

    model_config = like(examples.POLICY)
    key: str
    company: str
    in_force: date = Field(description="The version that answers now.")
    versions: list[Version]


class Policies(BaseModel):
    """Every policy of the desk."""

    model_config = like({"items": [examples.POLICY]})
    items: list[PolicyEntry]


class Clause(BaseModel):
    """One clause, verbatim. `digest` is the SHA-256 of its text; `context` what it hangs on, where it is an entry."""

    model_config = like(examples.CLAUSE)
    id: str
    heading: str
    context: str
    text: str
    digest: str
    url: str


class PolicyText(BaseModel):
    """One version of a policy, clause by clause."""

    model_config = like(examples.POLICY_TEXT)
    key: str
    title: str
    company: str
    effective: date
    dated: Literal["seen", "in force"]
    source: str
    clauses: list[Clause]
