"""Procedures: what may be said next, by whom, by when. Pure functions of statements and an instant."""
