"""``python -m detente``: the command line."""

from __future__ import annotations

from detente.cli import main

main()
