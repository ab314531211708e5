"""Consultation: notification, request for clarification and what answers them.

Fields follow the practice of points-of-contact networks; each may be left out, and free text is always enough.
What was observed and how it is read are two boxes. Nothing here attributes anything to anybody by default.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field as Limits
from pydantic import model_validator

from detente.statements.values import (
    Digest,
    Field,
    FilledText,
    Flag,
    Identifier,
    Instant,
    Language,
    Line,
    Model,
    Number,
    OfficeId,
    ParticipantId,
    Severity,
    Text,
    TimeSpan,
)

MAX_QUESTIONS = 9


class Question(Model):
    """One numbered question."""

    number: Annotated[Number, Limits(ge=1, le=MAX_QUESTIONS)]
    text: FilledText


class Notification(Model):
    """Tells of an incident; no answer is asked."""

    subject: Line
    text: Text = ""
    when: Field[TimeSpan] | None = None
    where: Field[Text] | None = None
    sector: Field[Line] | None = None
    cross_border: Field[Text] | None = None
    severity: Field[Severity] | None = None
    cause: Field[Literal["unknown", "accident", "malicious", "suspected-state", "not-assessed"]] | None = None
    actions: Field[Text] | None = None
    advice: Field[Text] | None = None
    told: Field[Text] | None = None
    public_statement: Field[Text] | None = None
    translation: Text | None = None
    translation_language: Language | None = None


class Request(Model):
    """Asks for clarification. ``reading`` (how we read it) is apart from ``observed`` and off by default."""

    subject: Line
    observed: Text = ""
    reading: Text | None = None
    questions: Annotated[list[Question], Limits(max_length=MAX_QUESTIONS)] = []
    when: Field[TimeSpan] | None = None
    systems: Field[Text] | None = None
    sector: Field[Line] | None = None
    severity: Field[Severity] | None = None
    link: Field[Text] | None = None
    effect: Field[Text] | None = None
    reassurance: Field[Text] | None = None
    next_step: Field[Text] | None = None
    attributes_nothing: Flag = True
    copy_to_secretariat: Flag = False
    translation: Text | None = None
    translation_language: Language | None = None

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        numbers = [question.number for question in self.questions]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("questions are numbered 1, 2, 3 and so on")
        return self


class Acknowledgement(Model):
    """A person confirms receipt. It is no admission and no attribution."""

    statement_id: Digest
    meaning: Literal["received", "under-review"]
    answer_expected_by: Instant | None = None
    text: Text = ""


class QuestionAnswer(Model):
    """The answer to one question; *not known* and *not disclosed* are two different answers."""

    number: Annotated[Number, Limits(ge=1, le=MAX_QUESTIONS)]
    status: Literal["answered", "partial", "not-known", "not-disclosed"]
    text: Text = ""


class Answer(Model):
    """Answers, in the interim or in substance; an interim answer says when the next update is due."""

    nature: Literal["interim", "substantive"]
    answers: Annotated[list[QuestionAnswer], Limits(max_length=MAX_QUESTIONS)] = []
    text: Text = ""
    measures: Field[Text] | None = None
    next_update_by: Instant | None = None
    notices: Annotated[list[Digest], Limits(max_length=32)] = []

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.nature == "interim" and self.next_update_by is None:
            raise ValueError("an interim answer says by when the next update comes (next_update_by)")
        return self


class Decline(Model):
    """Declines to answer; a reason may be given, *no reason given* is one of them."""

    reason: Literal["not-competent", "legal-limit", "security", "not-accepted-as-basis", "no-reason-given"]
    text: Text = ""


class Referral(Model):
    """Points to another office, or to a channel outside the system."""

    participant: ParticipantId | None = None
    office: OfficeId | None = None
    channel: Line | None = None
    outside: Flag = False
    text: Text = ""


class MoreInformation(Model):
    """Asks the other side for more before answering; the answer clock pauses."""

    text: FilledText


class Information(Model):
    """Gives what was asked for, or adds a question to a thread that was answered."""

    text: FilledText
    questions: Annotated[list[Question], Limits(max_length=MAX_QUESTIONS)] = []


class Meeting(Model):
    """Asks for a meeting, accepts, refuses, or records that it was held."""

    event: Literal["asked", "accepted", "refused", "held"]
    forum: Literal["bilateral", "facilitated", "all-participants"] = "bilateral"
    facilitator: Line | None = None
    within_hours: Annotated[Number, Limits(ge=1, le=720)] = 48
    at: Instant | None = None
    level: Line | None = None
    agenda: Text = ""
    text: Text = ""


class FieldCorrection(Model):
    """One wrong field: which, what it said, what is right."""

    field: Line
    was: Text
    now: Text


class Correction(Model):
    """Corrects an earlier statement, which stays; addressees are asked to acknowledge again."""

    statement_id: Digest
    fields: Annotated[list[FieldCorrection], Limits(min_length=1, max_length=40)]
    text: Text = ""


class Withdrawal(Model):
    """Withdraws a statement or the whole thread; it stays readable and is marked."""

    statement_id: Digest
    reason: Text = ""


class Closure(Model):
    """Closes a consultation, or says what the sender made of an answer."""

    outcome: Literal["satisfied", "partly", "not-satisfied", "no-answer", "withdrawn", "moved-elsewhere"]
    public_line: Text = ""
    lessons: Text = ""


class Channel(Model):
    """Says that the channel is open, limited or suspended."""

    status: Literal["open", "limited", "suspended"]
    scope: Literal["thread", "participant"] = "thread"
    reason: Text = ""
    alternative: Text = ""
    until: Instant | None = None
    event: Identifier | None = None
