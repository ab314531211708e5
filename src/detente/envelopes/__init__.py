"""Envelopes: who said it (``signing``) and for whose eyes (``sealing``), to the byte as in ``docs/spec``."""
