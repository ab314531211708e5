"""Evidence: what a node observed. It has no political meaning, and evidence is never evidenced itself."""

from __future__ import annotations

from typing import Literal

from detente.statements.values import Digest, Flag, Identifier, Instant, Line, Model, Sha256, Text

NO_POLITICAL_MEANING = "Machine receipt; no political meaning."


class HandedOver(Model):
    """The recipient's machine holds a statement durably, has opened it, and both signatures verify."""

    statement_id: Digest
    seal_digest: Sha256
    node: Identifier
    received_at: Instant
    decrypts: Flag = True
    verifies: Flag = True
    refused_attachments: list[Sha256] = []
    note: Line = NO_POLITICAL_MEANING


class Quarantined(Model):
    """A statement arrived under a key that is not in the directory: kept apart until somebody called back."""

    statement_id: Digest
    seal_digest: Sha256
    keyset_id: Digest
    received_at: Instant
    note: Line = NO_POLITICAL_MEANING


class Callback(Model):
    """The outcome of calling the directory's number about a quarantined statement."""

    statement_id: Digest
    outcome: Literal["confirmed", "denied"]
    note: Text = ""
