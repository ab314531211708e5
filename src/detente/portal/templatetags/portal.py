"""Tags and filters of the portal: times, labels, references, and text written by people.

Anything that a person or another participant wrote goes through ``isolate`` (one line) or ``markless``
(paragraphs). Labels of the Traffic Light Protocol and references are never translated.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from detente import clock
from detente.portal import marks, times

register = template.Library()

TLP_LABELS = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")


@register.simple_tag
def instant(at: datetime, zone: str = "", *, seconds: bool = False) -> SafeString:
    """Show ``at`` in the viewer's zone, or in ``zone``, with the zone named."""
    where = clock.zone(zone) if zone else times.viewer_zone()
    return format_html(
        '<time datetime="{}">{} <span class="zone" dir="ltr" translate="no">{}</span></time>',
        clock.render_instant(at),
        times.format_instant(at, where, seconds=seconds),
        times.zone_label(at, where),
    )


@register.simple_tag
def three_times(at: datetime, their_zone: str = "", their_name: str = "", *, seconds: bool = False) -> SafeString:
    """Show ``at`` three times: in the viewer's zone, in the other side's (where one is given), and in UTC."""
    rows = [(gettext("Your time"), instant(at, seconds=seconds))]
    if their_zone:
        theirs = format_html(gettext("Time in {}"), marks.isolate(their_name)) if their_name else gettext("Their time")
        rows.append((theirs, instant(at, their_zone, seconds=seconds)))
    in_utc = format_html(
        '<time datetime="{}">{} <span class="zone" dir="ltr" translate="no">UTC</span></time>',
        clock.render_instant(at),
        times.format_instant(at, UTC, seconds=seconds),
    )
    rows.append((gettext("Universal time"), in_utc))
    items = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", rows)
    return format_html('<dl class="three-times">{}</dl>', items)


@register.simple_tag
def tlp(label: str) -> SafeString:
    """Show a label of the Traffic Light Protocol, never translated, always left to right."""
    full = label if label.startswith("TLP:") else f"TLP:{label}"
    style = full.removeprefix("TLP:").lower().replace("+", "-") if full in TLP_LABELS else "unknown"
    return format_html(
        '<span class="tlp tlp-{}" dir="ltr" lang="en" translate="no">{}</span>', style, marks.reveal(full)
    )


@register.simple_tag
def reference(text: str) -> SafeString:
    """Show a reference that people dictate to each other, such as ``HN-ALD-2026-0042``."""
    return format_html('<bdi class="reference" dir="ltr" translate="no">{}</bdi>', marks.reveal(text))


@register.filter
def isolate(text: Any) -> SafeString:
    """Isolate one line written by a person."""
    return marks.isolate(text)


@register.simple_tag
def markless(text: Any, language: str | None = "") -> SafeString:
    """Show paragraphs written by a person in ``language``: no links, no HTML, no Markdown."""
    return marks.markless(text, language or "")


@register.filter
def number(value: float) -> str:
    """Group digits as the language of the page does."""
    return times.format_number(value)


@register.filter
def span(value: timedelta) -> str:
    """Show how long something lasts or is away."""
    return times.format_span(value)


@register.filter
def names(values: Any) -> SafeString:
    """List names, each isolated, with the comma of the page's language between them."""
    # Translators: what stands between two names of a list, for example a comma and a space.
    return format_html_join(gettext(", "), "{}", ((marks.isolate(value),) for value in values))
