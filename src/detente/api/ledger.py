"""The ledger's static files (C2SP tlog-tiles): the checkpoint, and tiles that never change once they are whole.

They hold hashes and times, and are still for members only: who watches them would see when states begin to talk.
"""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from detente.api.access import Caller
from detente.api.answers import file
from detente.node import build, public_files

router = Router(tags=["ledger"])

UNCHANGING = "private, max-age=31536000, immutable"


@router.get(
    "/checkpoint",
    openapi_extra={"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}},
)
def read_checkpoint(request: Caller) -> HttpResponse:  # noqa: ARG001
    """Return the newest checkpoint with its cosignatures."""
    data = public_files.read(build.current(), public_files.CHECKPOINT)
    return file(data, "text/plain; charset=utf-8", cache_control="private, no-cache")


@router.get(
    "/tile/{path:tile}",
    openapi_extra={
        "responses": {
            200: {
                "content": {
                    "application/octet-stream": {
                        "schema": {"type": "string", "contentMediaType": "application/octet-stream"}
                    }
                }
            }
        }
    },
)
def read_tile(request: Caller, tile: str) -> HttpResponse:  # noqa: ARG001
    """Return a hash tile or an entry bundle, such as ``0/000.p/12`` or ``entries/000``."""
    return file(public_files.read(build.current(), f"tile/{tile}"), "application/octet-stream", "", UNCHANGING)
