"""Django's handle on the store."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Tables to keep."""

    name = "detente.store"
    label = "store"
