"""Addresses of the portal's pages. Each area adds its own; the prefix is the area's name."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from detente.portal import account, sign_in, words

app_name = "portal"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="portal:account"), name="home"),
    path("sign-in", sign_in.password, name="sign-in"),
    path("sign-in/code", sign_in.code, name="sign-in-code"),
    path("sign-in/enrol", sign_in.enrol, name="sign-in-enrol"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", account.set_language, name="language"),
    path("account", account.account, name="account"),
    path("account/zone", account.set_zone, name="account-zone"),
    path("account/password", account.change_password, name="account-password"),
    path("words", words.glossary, name="words"),
]
