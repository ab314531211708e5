"""Private keys that this node keeps, sealed under its master key (AES-256-GCM, the key's name as bound data)."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from detente.errors import OperatorError
from detente.store.models import VaultKey


class Vault:
    """Keeps and returns 32-byte seeds under a name; ``master`` are 32 bytes."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(master)
        self._opened: dict[str, bytes] = {}

    def keep(self, name: str, seed: bytes) -> None:
        """Store ``seed`` under ``name``; raise ``OperatorError`` when the name is taken by another seed."""
        nonce = secrets.token_bytes(12)
        sealed = nonce + self._cipher.encrypt(nonce, seed, name.encode())
        row, made = VaultKey.objects.get_or_create(name=name, defaults={"sealed": sealed})
        if not made and self._open(row) != seed:
            raise OperatorError("vault-taken", f"The vault holds another key named {name}.")

    def seed(self, name: str) -> bytes:
        """Return the seed under ``name``; raise ``OperatorError`` when it is not there or cannot be opened."""
        if name not in self._opened:
            row = VaultKey.objects.filter(name=name).first()
            if row is None:
                raise OperatorError("vault-missing", f"This node does not keep the key {name}.")
            self._opened[name] = self._open(row)
        return self._opened[name]

    def has(self, name: str) -> bool:
        """Say whether a key is kept under ``name``."""
        return name in self._opened or VaultKey.objects.filter(name=name).exists()

    def _open(self, row: VaultKey) -> bytes:
        sealed = bytes(row.sealed)
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], row.name.encode())
        except InvalidTag as error:
            raise OperatorError(
                "vault-sealed", f"The key {row.name} does not open with this home's master key; restore the right one."
            ) from error
