"""The compose form and what becomes of it; the pages are in ``detente.portal.compose``."""
