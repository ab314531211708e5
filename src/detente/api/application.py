"""The interface put together: its areas, who may call, and its description after OpenAPI 3.1."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from detente.api import consultation, directory, drafts, ledger, problems, registers, statements
from detente.api.access import Session, Token
from detente.api.answers import IDEMPOTENCY_HEADER, StrictParser

ROOT = "/api/v1"
_DESCRIPTION = (
    "What one Détente node offers to machines. Every refusal is a problem after RFC 9457. Lists begin with the oldest"
    " change and are read on with `next`. A write that carries an Idempotency-Key and comes twice is done once."
)
_KEY = {
    "in": "header",
    "name": IDEMPOTENCY_HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same request again under the same key gets the same answer.",
}
_PROBLEM = {
    "description": "What was refused, and what to change.",
    "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class Interface(NinjaAPI):
    """An API whose description also tells of problems and of keys for writes."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the function's own name, which is unique here."""
        return str(operation.view_func.__name__)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Return the description."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for path in schema["paths"].values():
            for method, operation in path.items():
                operation["responses"]["default"] = _PROBLEM
                if method != "get":
                    operation["parameters"].append(_KEY)
        schema["components"]["schemas"]["Problem"] = problems.Problem.model_json_schema()
        return schema


def _application() -> Interface:
    made = Interface(
        title="Détente",
        version=version("detente"),
        description=_DESCRIPTION,
        openapi_url=f"{ROOT}/openapi.json",
        docs_url=None,
        urls_namespace="api",
        servers=[{"url": "/", "description": "The node that serves this description."}],
        auth=[Token(), Session()],
        parser=StrictParser(),
    )
    for area in (directory, consultation, statements, drafts, registers):
        made.add_router(ROOT, area.router)
    made.add_router("/ledger", ledger.router)
    problems.handle(made)
    return made


api = _application()


def description() -> dict[str, Any]:
    """Return the description as plain JSON values, the same wherever it is made."""
    value: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/")))
    return value
