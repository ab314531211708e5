"""Signing in with a password and a code from the officer's own device, and signing out.

A refusal never says whether the name, the password or the account was wrong. Whoever lost the device is let in
again by the node's operator, who removes the old one; the next sign-in then shows a new secret. No page and no
e-mail resets anything: both would be a way around the second factor.
"""

from __future__ import annotations

import base64
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, get_user_model, login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from detente import clock
from detente.portal import attempts, gate, preferences

PENDING_USER = "pending_user"
PENDING_AT = "pending_at"
PENDING_HASH = "pending_hash"
PENDING_NEXT = "pending_next"
PENDING_MILLISECONDS = 10 * 60 * 1000
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class PasswordForm(forms.Form):
    """Name and password."""

    name = forms.CharField(
        label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username", "dir": "auto"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "dir": "ltr"}),
    )


class CodeForm(forms.Form):
    """The code that the device shows now."""

    code = forms.CharField(
        label=_("Code"),
        help_text=_("The six digits that your authenticator shows now."),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code", "dir": "ltr"}
        ),
    )

    def clean_code(self) -> str:
        """Return six Western digits; spaces and the digits of other scripts are understood."""
        digits = [character for character in self.cleaned_data["code"] if not character.isspace()]
        if len(digits) != 6 or not all(character.isdecimal() for character in digits):
            raise forms.ValidationError(gettext("A code has six digits."))
        return "".join(str(int(character)) for character in digits)


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Ask for name and password."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    form = PasswordForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        if not attempts.take(request, name):
            form.add_error(None, gettext("There were too many attempts. Wait 15 minutes, then try again."))
            status = 429
        elif user := authenticate(request, username=name, password=form.cleaned_data["password"]):
            attempts.give_back(request, name)
            return _ask_second_factor(request, user, wanted)
        else:
            form.add_error(None, gettext("That name and password do not open an account. Check both and try again."))
    return render(request, "portal/sign_in.html", {"form": form, "next": wanted}, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of a device that is already enrolled."""
    user = _pending_user(request)
    device = _device(user, confirmed=True) if user else None
    if user is None or device is None:
        return redirect("portal:sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _verify(form, device):
        return _complete(request, user, device)
    return render(request, "portal/sign_in_code.html", {"form": form})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Show a new secret once, and ask for the first code made from it."""
    user = _pending_user(request)
    device = _device(user, confirmed=False) if user else None
    if user is None or device is None or _device(user, confirmed=True):
        return redirect("portal:sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _verify(form, device):
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        messages.success(request, _("Your device is enrolled. From now on each sign-in asks for its code."))
        return _complete(request, user, device)
    secret = base64.b32encode(device.bin_key).decode().rstrip("=")
    picture = segno.make(device.config_url, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")
    response = render(
        request,
        "portal/sign_in_enrol.html",
        {
            "form": form,
            "secret_groups": [secret[start : start + 4] for start in range(0, len(secret), 4)],
            "picture": mark_safe(picture),  # noqa: S308 - drawn here; it contains squares only
        },
    )
    response["Cache-Control"] = "no-store"
    return response


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and empty what the browser kept of it."""
    logout(request)
    messages.success(request, _("You are signed out."))
    response = redirect("portal:sign-in")
    response["Clear-Site-Data"] = '"cache"'
    return response


def _ask_second_factor(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    request.session.flush()
    request.session[PENDING_USER] = user.pk
    request.session[PENDING_AT] = clock.to_milliseconds(gate.SignedInMiddleware.wall_clock.now())
    request.session[PENDING_HASH] = user.get_session_auth_hash()
    request.session[PENDING_NEXT] = wanted
    if _device(user, confirmed=True):
        return redirect("portal:sign-in-code")
    # A secret that was shown but never confirmed is worth nothing: each new sign-in shows another.
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)
    return redirect("portal:sign-in-enrol")


def _pending_user(request: HttpRequest) -> User | None:
    """Return who gave the right password in this session within ten minutes, unless it changed since."""
    began = request.session.get(PENDING_AT)
    now = clock.to_milliseconds(gate.SignedInMiddleware.wall_clock.now())
    if not isinstance(began, int) or not 0 <= now - began < PENDING_MILLISECONDS:
        return None
    user = get_user_model().objects.filter(pk=request.session.get(PENDING_USER, 0), is_active=True).first()
    if user is None or user.get_session_auth_hash() != request.session.get(PENDING_HASH):
        return None
    return user


def _device(user: User | None, *, confirmed: bool) -> Any | None:
    return TOTPDevice.objects.filter(user=user, confirmed=confirmed).order_by("pk").first()


def _verify(form: CodeForm, device: Any) -> bool:
    """Try the code once under a lock, and tell ``form`` why it does not hold."""
    with transaction.atomic():
        locked = TOTPDevice.objects.select_for_update().get(pk=device.pk)
        allowed, why = locked.verify_is_allowed()
        if allowed and locked.verify_token(form.cleaned_data["code"]):
            return True
    if allowed:
        form.add_error(
            "code", gettext("That code does not match. Wait for the next one and check your device's clock.")
        )
        return False
    left = why["locked_until"] - gate.SignedInMiddleware.wall_clock.now()
    seconds = max(1, -(-int(left.total_seconds() * 1000) // 1000))
    sentence = ngettext(
        "There were too many attempts. Wait %(count)d second, then enter a new code.",
        "There were too many attempts. Wait %(count)d seconds, then enter a new code.",
        seconds,
    )
    form.add_error("code", sentence % {"count": seconds})
    return False


def _complete(request: HttpRequest, user: User, device: Any) -> HttpResponse:
    wanted = request.session.get(PENDING_NEXT, "")
    for key in (PENDING_USER, PENDING_AT, PENDING_HASH, PENDING_NEXT):
        request.session.pop(key, None)
    device.refresh_from_db()
    user.otp_device = device  # type: ignore[attr-defined]  # django-otp's login signal stores it in the session
    login(request, user, backend=_BACKEND)
    gate.begin_session(request, gate.SignedInMiddleware.wall_clock.now())
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(wanted if safe else settings.LOGIN_REDIRECT_URL)
    language = getattr(preferences.officer_of(request), "language", "")
    if language in dict(settings.LANGUAGES) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        preferences.keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response
