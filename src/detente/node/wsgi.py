"""The application that a WSGI server runs."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detente.node.settings")
SERVER_VARIABLE = "DETENTE_SERVER_PID"
_PR_SET_PDEATHSIG = 1


def _end_with_server() -> None:
    """Ask the kernel to end this process with its server, so that a killed node leaves nothing on its port."""
    if sys.platform != "linux" or os.environ.get(SERVER_VARIABLE) != str(os.getppid()):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.environ.get(SERVER_VARIABLE) != str(os.getppid()):  # it ended a moment before
        os.kill(os.getpid(), signal.SIGKILL)


_end_with_server()
application = get_wsgi_application()
