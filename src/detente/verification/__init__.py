"""Verification: what a bundle proves, checked by anyone, offline, with a policy file and nothing else.

A *bundle* is one file in which a party shows what was said. ``verify_bundle`` names the first thing that does not
hold, or says in ordered lines what is proven. It trusts the bundle for nothing; it trusts the keys in the policy.
It cannot know what the bundle leaves out, nor whether what was said is true. Format and checks:
``docs/spec/bundle.md``.
"""

from detente.verification.bundle import (
    Bundle,
    BundledAttachment,
    Recorded,
    Shown,
    Withheld,
    parse_bundle,
    render_bundle,
)
from detente.verification.checks import verify_bundle
from detente.verification.report import LAST_LINE, Report

__all__ = [
    "LAST_LINE",
    "Bundle",
    "BundledAttachment",
    "Recorded",
    "Report",
    "Shown",
    "Withheld",
    "parse_bundle",
    "render_bundle",
    "verify_bundle",
]
