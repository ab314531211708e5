"""Django's handle on the projections."""

from __future__ import annotations

from django.apps import AppConfig


class ProjectionsConfig(AppConfig):
    """Tables that may be dropped and replayed."""

    name = "detente.projections"
    label = "projections"
