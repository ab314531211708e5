"""Addresses of the portal's pages. Each area adds its own; the prefix is the area's name."""

from __future__ import annotations

from django.urls import path

from detente.portal import (
    account,
    acts,
    compose,
    cooperation,
    crosswalk,
    directory,
    drafting,
    exercises,
    home,
    registers,
    restraint,
    sign_in,
    transparency,
    words,
)
from detente.portal.consultation import urls as consultation

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("confirm-entry", home.confirm_entry, name="confirm-entry"),
    path("sign-in", sign_in.password, name="sign-in"),
    path("sign-in/code", sign_in.code, name="sign-in-code"),
    path("sign-in/enrol", sign_in.enrol, name="sign-in-enrol"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", account.set_language, name="language"),
    path("account", account.account, name="account"),
    path("account/zone", account.set_zone, name="account-zone"),
    path("account/password", account.change_password, name="account-password"),
    path("compose/request", compose.request_for_clarification, name="compose-request"),
    path("compose/notification", compose.notification, name="compose-notification"),
    path("drafts", drafting.drafts, name="drafts"),
    path("draft/<uuid:draft_id>", drafting.draft, name="draft"),
    path("draft/<uuid:draft_id>/edit", compose.edit, name="draft-edit"),
    path("draft/<uuid:draft_id>/release", drafting.release, name="release"),
    path("draft/<uuid:draft_id>/discard", drafting.discard, name="discard"),
    path("draft/<uuid:draft_id>/attachment/<str:sha256>", drafting.attachment, name="draft-attachment"),
    path("directory", directory.participants, name="directory"),
    path("directory/<str:participant_id>", directory.participant, name="participant"),
    path("exercises", exercises.listing, name="exercises"),
    path("exercises/open", exercises.open_one, name="exercise-open"),
    path("exercises/close", exercises.close_one, name="exercise-close"),
    *registers.pages(transparency.NOTICES, transparency.VIEWS, transparency.INVITATIONS),
    *registers.pages(cooperation.OFFERS),
    *registers.pages(restraint.COMMITMENTS),
    *registers.pages(crosswalk.MAPPINGS),
    path("acts", acts.acts, name="acts"),
    path("words", words.glossary, name="words"),
    *consultation.urlpatterns,
]
