"""Fields of the compose form: times in the viewer's zone, files within their limits, lists with one thing a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detente.clock import render_instant
from detente.statements.statement import MAX_ATTACHMENTS
from detente.statements.values import MAX_LINE, MAX_TEXT

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise
else:
    Text = str | Promise
STATES: list[tuple[str, Text]] = [
    ("", _("as written; nothing is said if empty")),
    ("not-known", _("not known")),
    ("not-disclosed", _("not disclosed")),
]
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MAX_NAME = 120
_MEBIBYTE = 1 << 20


class LocalTime(forms.DateTimeField):
    """A time typed in the zone of the viewer's device; kept in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "dir": "ltr"}, format="%Y-%m-%dT%H:%M")
    input_formats: Sequence[str] = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"validators": [MinValueValidator(_EARLIEST), MaxValueValidator(_LATEST)], **kwargs})


class Files(forms.ClearableFileInput):
    """Several files in one field."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Attachments, each within the limit of one."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:  # noqa: ARG002 - Django's signature
        """Return the files; refuse what is too large, with its name."""
        files = [each for each in data if each] if isinstance(data, list | tuple) else [data] if data else []
        limit = settings.ATTACHMENT_LIMIT
        for each in files:
            if (each.size or 0) > limit:
                message = gettext(
                    "%(name)s is larger than %(limit)s MiB. Nothing was attached; choose a smaller file, or split it."
                )
                raise forms.ValidationError(
                    message % {"name": safe_name(each.name), "limit": max(limit // _MEBIBYTE, 1)}
                )
        return files


def check_together(kept: Sequence[dict[str, Any]], files: Sequence[UploadedFile[Any]]) -> None:
    """Raise ``ValidationError`` when what is attached already and ``files`` are together more than may be."""
    limit = settings.STATEMENT_ATTACHMENTS_LIMIT
    if sum(int(each["size"]) for each in kept) + sum(each.size or 0 for each in files) > limit:
        message = gettext("The attachments are together larger than %(limit)s MiB. Remove one, or attach fewer.")
        raise forms.ValidationError(message % {"limit": max(limit // _MEBIBYTE, 1)})
    if len(kept) + len(files) > MAX_ATTACHMENTS:
        message = gettext("A statement carries at most %(count)s attachments. Attach fewer.")
        raise forms.ValidationError(message % {"count": MAX_ATTACHMENTS})


class LinesField(forms.CharField):
    """A list, one thing a line; blank lines are left out."""

    def __init__(self, label: Text, help_text: Text = "") -> None:
        widget = forms.Textarea(attrs={"rows": 2, "dir": "auto"})
        super().__init__(label=label, required=False, max_length=MAX_TEXT, help_text=help_text, widget=widget)

    def clean(self, value: Any) -> list[str]:
        """Return the lines."""
        text: str = super().clean(value)
        return [line.strip() for line in text.splitlines() if line.strip()]


class EventsField(LinesField):
    """Identifiers of the event in other channels: ``identifier, who issued it``."""

    def clean(self, value: Any) -> Any:
        """Return the events; refuse a line without its second half, and name it."""
        found = []
        for line in super().clean(value):
            identifier, comma, issuer = (part.strip() for part in line.partition(","))
            if not comma or not identifier or not issuer:
                message = gettext("In “%(line)s”, write the identifier, a comma, and who issued it.")
                raise forms.ValidationError(message % {"line": line[:60]})
            found.append({"id": identifier, "issued_by": issuer})
        return found


def one_line(label: Text, help_text: Text = "") -> forms.CharField:
    """Return a field for one line."""
    widget = forms.TextInput(attrs={"dir": "auto"})
    return forms.CharField(label=label, required=False, max_length=MAX_LINE, help_text=help_text, widget=widget)


class Paragraphs(forms.CharField):
    """Paragraphs, with one kind of line break."""

    def __init__(self, label: Text, help_text: Text = "", rows: int = 5) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
        super().__init__(label=label, required=False, max_length=MAX_TEXT, help_text=help_text, widget=widget)

    def to_python(self, value: Any) -> str:
        """Return the text with one kind of line break."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


def states(label: Text) -> forms.ChoiceField:
    """Return the three-way choice beside a structured field."""
    return forms.ChoiceField(label=label, choices=STATES, required=False, widget=forms.RadioSelect, initial="")


def instant(at: datetime | None) -> str | None:
    """Return a time as a statement says it."""
    return render_instant(at.astimezone(UTC)) if at else None


def safe_name(name: str | None) -> str:
    """Return the name of an upload as a statement may carry it: no folder, no control characters."""
    kept = "".join("_" if each in "/\\" or not each.isprintable() else each for each in name or "").strip(". ")
    return kept[-_MAX_NAME:] or "attachment"


def media_type(upload: UploadedFile[Any]) -> str:
    """Return the type that the browser named, or that of unknown bytes."""
    given = (upload.content_type or "").partition(";")[0].strip().lower()
    major, slash, minor = given.partition("/")
    fits = slash and len(given) <= 100 and all(_is_token(part) for part in (major, minor))
    return given if fits else "application/octet-stream"


def _is_token(part: str) -> bool:
    return bool(part) and part.isascii() and all(each.isalnum() or each in ".+-" for each in part)
