"""The command line: ``detente``. What verifies needs neither Django nor a home; what runs a node sets both up first.

Every refusal is one sentence on standard error and an exit code by who must act (``detente.errors``): 2 the sender,
3 somebody must be told, 4 try again, 5 this node's operator. 64 is a command line that cannot be understood.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from detente.cli import arrangement, demo, home, node, people
from detente.cli.plain import visible
from detente.cli.show import show
from detente.cli.verify import verify
from detente.errors import DetenteError, OperatorError, UnavailableError

USAGE = 64
INTERRUPTED = 130

app = typer.Typer(
    name="detente",
    help="Confidence-building measures between states, operated as one system.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(verify)
app.command()(show)
node.register(app)
arrangement.register(app)
people.register(app)
app.add_typer(demo.app, name="demo")


def call(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error of ours becomes one sentence on standard error."""
    try:
        code = app(list(arguments), prog_name="detente", standalone_mode=False)
    except DetenteError as error:
        return _refuse(error)
    except typer.TyperException as error:
        show_usage = getattr(error, "show", None)
        if show_usage is not None:
            show_usage()
        else:
            sys.stderr.write(f"refused: {error}\n")
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return 0  # who read our output wants no more of it
    except Exception as error:
        known = home.fault_of(error)
        if known is None:
            raise
        return _refuse(known)
    return code if isinstance(code, int) else 0


def _refuse(error: DetenteError) -> int:
    word = "refused"
    if isinstance(error, OperatorError | UnavailableError):
        word = "not possible" if isinstance(error, OperatorError) else "not now"
    sys.stderr.write(f"{word}: {visible(error.message)}\n")
    return error.exit_code


def main() -> None:
    """Run the command line of this process."""
    code = call(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        # What could not be written was reported already; nothing of it may be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
