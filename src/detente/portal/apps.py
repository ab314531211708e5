"""Django's handle on the portal."""

from __future__ import annotations

from django.apps import AppConfig

from detente.portal import catalogue


class PortalConfig(AppConfig):
    """Pages for people."""

    name = "detente.portal"
    label = "portal"

    def ready(self) -> None:
        """Compile translations that are missing or older than their text, so that no page falls back by accident."""
        catalogue.compile_stale()
