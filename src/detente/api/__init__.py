"""The interface for machines: what the portal offers to people, as HTTP with JSON.

It decides nothing: every rule is the node's. Errors are problems after RFC 9457, writes may carry an
``Idempotency-Key``, lists are read on with cursors. The description is ``docs/reference/openapi.json``.
"""
