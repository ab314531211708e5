"""The command line: ``detente``. What verifies needs neither Django nor a home; what runs a node sets both up first.

Every refusal is one sentence on standard error and an exit code by who must act (``detente.errors``): 2 the sender,
3 somebody must be told, 4 try again, 5 this node's operator.
"""

from __future__ import annotations

import sys

import typer

from detente.cli import demo, node, people, proof
from detente.errors import DetenteError

app = typer.Typer(
    name="detente",
    help="Confidence-building measures between states, operated as one system.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
proof.register(app)
node.register(app)
people.register(app)
app.add_typer(demo.app, name="demo")


def main() -> None:
    """Run the command line; turn every error of ours into one sentence and an exit code."""
    try:
        app()
    except DetenteError as error:
        sys.stderr.write(f"refused: {error.message}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
