"""Tables to keep. Rows of other floors never point here, and no row here is derived from another.

Times are milliseconds since the epoch in UTC; ids are the protocol's own (statement id: 43 characters of
base64url; seal digest: 64 hexadecimal digits).
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class Fact(models.Model):
    """Facts about this store that are fixed when it is made, such as its kind (real or demo) and origin."""

    name = models.CharField(primary_key=True, max_length=40)
    value = models.TextField()


class StoredStatement(models.Model):
    """A verified statement: the envelope's bytes exactly as they were signed, in order of arrival."""

    position = models.BigAutoField(primary_key=True)
    statement_id = models.CharField(max_length=43, unique=True)
    kind = models.CharField(max_length=60)
    issuer = models.CharField(max_length=8)
    thread = models.CharField(max_length=36, db_index=True)
    envelope = models.BinaryField()
    received_at = models.BigIntegerField()
    changes_directory = models.BooleanField(default=False)

    class Meta:
        """The directory is folded from few statements among many."""

        indexes: ClassVar = [
            models.Index(fields=["position"], name="directory_statements", condition=models.Q(changes_directory=True))
        ]


class LedgerEntry(models.Model):
    """One entry of the ledger: its bytes, and which statement and recipient it stands for."""

    entry_index = models.BigIntegerField(primary_key=True)
    seal_digest = models.CharField(max_length=64, unique=True)
    entry = models.BinaryField()
    statement_id = models.CharField(max_length=43, db_index=True)
    recipient = models.CharField(max_length=8)
    issuer = models.CharField(max_length=8)
    registered_at = models.BigIntegerField()

    class Meta:
        """Sequence numbers are counted by issuer and recipient."""

        indexes: ClassVar = [models.Index(fields=["issuer", "recipient"], name="entry_parties")]


class Checkpoint(models.Model):
    """For one tree size, the first and the last checkpoint: signed, and cosigned as far as witnesses answered."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    first_note = models.BinaryField()
    last_note = models.BinaryField()
    cosigned = models.BooleanField(default=False)


class Sequencer(models.Model):
    """The lock of the one writer to the ledger: size and root of the last tree, compared and swapped."""

    origin = models.CharField(primary_key=True, max_length=200)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    directory_size = models.BigIntegerField(default=0)


class WitnessState(models.Model):
    """What a witness kept at this node cosigned last, per witness and origin."""

    witness = models.CharField(max_length=200)
    origin = models.CharField(max_length=200)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    note = models.BinaryField()

    class Meta:
        """One state for each witness and ledger."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["witness", "origin"], name="one_state")]


class Parcel(models.Model):
    """A sealed parcel on its way to one recipient; the bytes are kept so that a resend sends the same."""

    seal_digest = models.CharField(primary_key=True, max_length=64)
    statement_id = models.CharField(max_length=43, db_index=True)
    recipient = models.CharField(max_length=8)
    parcel = models.BinaryField()
    offered_at = models.BigIntegerField()
    handed_over_at = models.BigIntegerField(null=True, db_index=True)
    refusal = models.TextField(default="")


class Attachment(models.Model):
    """An attachment's bytes under their SHA-256."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    data = models.BinaryField()


class Draft(models.Model):
    """A text that has not left its participant. Discarding and releasing keep the row, not editable any more."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    participant = models.CharField(max_length=8, db_index=True)
    kind = models.CharField(max_length=60)
    thread = models.CharField(max_length=36, blank=True)
    stage = models.CharField(max_length=20)
    content = models.JSONField()
    digest = models.CharField(max_length=43)
    drafter = models.CharField(max_length=150)
    releaser = models.CharField(max_length=150, blank=True)
    emergency = models.BooleanField(default=False)
    statement_id = models.CharField(max_length=43, blank=True)
    created_at = models.BigIntegerField()
    changed_at = models.BigIntegerField()


class Act(models.Model):
    """Who did what: every act of a person that changed something, attributable for ever."""

    at = models.BigIntegerField()
    officer = models.CharField(max_length=150)
    participant = models.CharField(max_length=8, db_index=True)
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)


class Officer(models.Model):
    """A person's account at this node: whose office, which roles, which language and zone."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="officer")
    participant = models.CharField(max_length=8)
    office = models.CharField(max_length=60)
    display_name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=60, default="UTC")
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)

    def has_role(self, *roles: str) -> bool:
        """Say whether the officer holds one of ``roles``."""
        return any(role in self.roles for role in roles)


class VaultKey(models.Model):
    """A private key kept by this node, sealed under its master key."""

    name = models.CharField(primary_key=True, max_length=120)
    sealed = models.BinaryField()


class SentReminder(models.Model):
    """A step of a ladder that was sent; a restart sends none twice."""

    thread = models.CharField(max_length=36)
    addressee = models.CharField(max_length=8)
    step = models.CharField(max_length=60)
    at = models.BigIntegerField()

    class Meta:
        """One row for each step."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "addressee", "step"], name="one_reminder_a_step")
        ]


class IdempotencyKey(models.Model):
    """The answer to a request that carried a key: the same request again gets the same answer."""

    key = models.CharField(max_length=200)
    officer = models.CharField(max_length=150)
    request_digest = models.CharField(max_length=64)
    status = models.IntegerField()
    answer = models.TextField()
    at = models.BigIntegerField()

    class Meta:
        """One answer for each officer's key."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "officer"], name="one_answer_a_key")]


class Refusal(models.Model):
    """A submission that was refused, for the operator: its code and sentence, nothing of its content."""

    at = models.BigIntegerField()
    source = models.CharField(max_length=150)
    code = models.CharField(max_length=60)
    message = models.TextField()


class Evidence(models.Model):
    """Bytes that show what somebody must be told of, such as two trees that are not one history."""

    at = models.BigIntegerField()
    code = models.CharField(max_length=60)
    message = models.TextField()
    evidence = models.BinaryField()
