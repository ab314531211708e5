"""Statements: what is said, as signed JSON objects of known kinds."""
