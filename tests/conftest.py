"""Settings that every test shares."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# "default" keeps a developer's run short; CI walks ten thousand cases; the million is run by hand
# (docs/how-to/test.md). A property whose single case is costly caps itself with ``sizes.at_most``.
_LAX = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile("default", max_examples=100, deadline=None, suppress_health_check=_LAX)
settings.register_profile("ci", max_examples=10_000, deadline=None, suppress_health_check=_LAX)
settings.register_profile("million", max_examples=1_000_000, deadline=None, suppress_health_check=_LAX)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
