"""The description of the API: valid OpenAPI 3.1, the same as served and as kept in the documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from detente.api.application import description
from interface import Caller

KEPT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def test_the_description_is_valid_and_kept():
    """It follows OpenAPI 3.1, and docs/reference/openapi.json is the same."""
    validate(description())
    assert description()["openapi"] == "3.1.0"
    assert json.loads(KEPT.read_text(encoding="utf-8")) == description()


@pytest.mark.django_db
def test_the_node_serves_its_description_to_anybody():
    """Who writes a client needs no account to read what there is."""
    assert Caller().get("openapi.json").json() == description()


def test_every_operation_tells_who_may_call_and_how_it_refuses():
    """Each has both ways of calling, a problem for refusals and a name of its own; each write takes a key."""
    names = []
    for path in description()["paths"].values():
        for method, operation in path.items():
            names.append(operation["operationId"])
            assert operation["security"] == [{"Token": []}, {"Session": []}]
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
            keyed = any(each["name"] == "Idempotency-Key" for each in operation["parameters"])
            assert keyed == (method != "get")
    assert len(names) == len(set(names))
