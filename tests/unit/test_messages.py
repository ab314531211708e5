"""Catalogues are whole and sound, and the tool that keeps them finds what is not."""

from __future__ import annotations

import os

import pytest
from babel.messages.catalog import Catalog
from django.utils import translation
from django.utils.translation import ngettext

import messages
from detente.portal import catalogue


def complaints(message_id, string, *, fuzzy=False):
    """What the tool says of one message that the sources hold, in Arabic."""
    fresh, translated = Catalog(), Catalog(locale="ar")
    fresh.add(message_id)
    translated.add(message_id, string, flags=["fuzzy"] if fuzzy else [])
    return [sentence.split(":")[0] for sentence in messages.problems(fresh, translated)]


@pytest.mark.parametrize("path", catalogue.sources(), ids=lambda path: path.parent.parent.name)
def test_every_text_of_the_sources_is_translated(path):
    """No catalogue lacks a text, holds one that is gone, or changes a placeholder or a TLP label."""
    assert list(messages.problems(messages.template(), messages.read(path))) == []


def test_texts_are_found_in_python_and_in_templates():
    """Marked strings of both are collected, whatever marks them."""
    found = {message for _, message, _, _ in messages.found_messages()}
    assert {"Sign in", "Your time", "Not disclosed", ("%(count)d day", "%(count)d days")} <= found
    assert any(isinstance(message, str) and "%(participant)s" in message for message in found)


@pytest.mark.parametrize(
    "message_id, string, complaint",
    [
        ("Back", "", ["not translated"]),
        ("Back", "رجوع", []),
        ("Error %(status)s", "خطأ", ["placeholders differ"]),
        ("Error %(status)s", "خطأ %(state)s", ["placeholders differ"]),
        ("Error %(status)s", "خطأ %(status)s", []),
        ("Time in {}", "الوقت في", ["placeholders differ"]),
        ("Marked TLP:RED", "معلّم بالأحمر", ["a TLP label was changed"]),
        ("Marked TLP:AMBER", "معلّم TLP:AMBER+STRICT", ["a TLP label was changed"]),
        ("Marked TLP:RED", "معلّم TLP:RED", []),
    ],
)
def test_a_translation_that_is_not_sound_is_named(message_id, string, complaint):
    """Missing words, placeholders that differ and translated labels are found; sound translations pass."""
    assert complaints(message_id, string) == complaint


def test_a_guess_is_never_taken_for_a_translation():
    """A fuzzy translation is named, however good it looks."""
    assert complaints("Back", "رجوع", fuzzy=True) == ["fuzzy"]


def test_forms_for_none_one_and_two_may_leave_the_number_out():
    """Arabic has words for one day and two days; from three on, the number must stand."""
    days = ("%(count)d day", "%(count)d days")
    whole = ("لا أيام", "يوم واحد", "يومان", "%(count)d أيام", "%(count)d يومًا", "%(count)d يوم")
    assert complaints(days, whole) == []
    assert complaints(days, (*whole[:3], "أيام", *whole[4:])) == ["placeholders differ"]


def test_what_is_missing_or_gone_is_named():
    """A text that only one side has is a problem on either side."""
    fresh, translated = Catalog(), Catalog(locale="ar")
    fresh.add("new")
    translated.add("old", "قديم")
    assert sorted(messages.problems(fresh, translated)) == [
        "no longer in the sources: 'old'",
        "not in the catalogue: 'new'",
    ]


def test_arabic_counts_in_its_own_forms():
    """One, two, a few, many and hundreds each take their own form."""
    catalogue.compile_stale()
    with translation.override("ar"):
        forms = {ngettext("%(count)d day", "%(count)d days", count) for count in (1, 2, 3, 11, 100)}
    assert len(forms) == 5


def test_a_catalogue_is_compiled_when_it_is_missing_or_old(tmp_path):
    """What is fresh is left alone; what is missing or older than its text is made."""
    source = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_bytes(catalogue.sources()[0].read_bytes())
    target = source.with_suffix(".mo")
    assert catalogue.compile_stale(tmp_path) == [target]
    assert catalogue.compile_stale(tmp_path) == []
    newer = target.stat().st_mtime + 5
    os.utime(source, (newer, newer))
    assert catalogue.compile_stale(tmp_path) == [target]
    assert list(source.parent.glob("*.part")) == []


def test_writing_a_catalogue_twice_gives_the_same_bytes(tmp_path):
    """No date, tool or line number changes the file when no words changed."""
    once = messages.render(messages.read(catalogue.sources()[0]))
    copy = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(once)
    assert messages.render(messages.read(copy)) == once
