"""Tables that may be dropped and replayed. No foreign key leaves or enters; times are milliseconds since the epoch."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Progress(models.Model):
    """How far the store has been projected: the position of the last statement taken in."""

    name = models.CharField(primary_key=True, max_length=40)
    position = models.BigIntegerField()


class Thread(models.Model):
    """One thread towards one addressee: what the procedure reads, and what lists show of it.

    ``position`` is that of the last statement said in it: unlike a time it is never the same for two statements, so
    that a list can be read on from it while others write.
    """

    thread = models.CharField(max_length=36)
    addressee = models.CharField(max_length=8)
    opener = models.CharField(max_length=8)
    kind = models.CharField(max_length=60)
    context = models.CharField(max_length=8)
    exercise_id = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    urgency = models.CharField(max_length=10)
    tlp = models.CharField(max_length=12)
    subject = models.TextField(blank=True)
    opened_at = models.BigIntegerField()
    changed_at = models.BigIntegerField()
    position = models.BigIntegerField(default=0)
    said = models.TextField()

    class Meta:
        """One reading for each thread and addressee."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["thread", "addressee"], name="one_thread_row")]
        indexes: ClassVar = [
            models.Index(fields=["addressee"], name="thread_addressee"),
            models.Index(fields=["opener"], name="thread_opener"),
            models.Index(fields=["position"], name="thread_position"),
        ]


class ThreadStatement(models.Model):
    """One statement of a thread, with what its page shows."""

    position = models.BigIntegerField(primary_key=True)
    statement_id = models.CharField(max_length=43, unique=True)
    thread = models.CharField(max_length=36, db_index=True)
    kind = models.CharField(max_length=60)
    issuer = models.CharField(max_length=8)
    office = models.CharField(max_length=60)
    recipients = models.CharField(max_length=2000)
    entries = models.TextField()
    issued_at = models.BigIntegerField()
    received_at = models.BigIntegerField()
    keyset_id = models.CharField(max_length=43)
    payload = models.TextField()


class Registered(models.Model):
    """A statement of a register: notice, view, invitation, offer, commitment, mapping."""

    statement_id = models.CharField(primary_key=True, max_length=43)
    position = models.BigIntegerField()
    kind = models.CharField(max_length=60, db_index=True)
    thread = models.CharField(max_length=36, db_index=True)
    issuer = models.CharField(max_length=8)
    office = models.CharField(max_length=60)
    recipients = models.CharField(max_length=2000)
    context = models.CharField(max_length=8)
    tlp = models.CharField(max_length=12)
    title = models.TextField()
    entries = models.TextField()
    issued_at = models.BigIntegerField()
    keyset_id = models.CharField(max_length=43)
    superseded_by = models.CharField(max_length=43, blank=True)
    payload = models.TextField()


class NoticeRange(models.Model):
    """One address range of an advance notice, as fixed-width hexadecimal edges that compare as text."""

    statement_id = models.CharField(max_length=43, db_index=True)
    version = models.IntegerField()
    first = models.CharField(max_length=32)
    last = models.CharField(max_length=32)
    begins_at = models.BigIntegerField()
    ends_at = models.BigIntegerField()

    class Meta:
        """Look-ups go by address family and edges."""

        indexes: ClassVar = [models.Index(fields=["version", "first", "last"], name="notice_range")]
