"""An officer's own page: who they act for, language, time zone, password."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from detente import clock
from detente.errors import MalformedError
from detente.portal import preferences, refusals

ROLE_NAMES: dict[str, str | Promise] = {
    "drafter": _("drafter"),
    "releaser": _("releaser"),
    "duty": _("duty officer"),
    "authority": _("national authority"),
    "auditor": _("auditor"),
    "directory-manager": _("directory manager"),
    "operator": _("operator of the node"),
}


class ZoneForm(forms.Form):
    """The zone in which this device shows times."""

    zone = forms.ChoiceField(
        label=_("Time zone on this device"),
        help_text=_("Deadlines are always shown in your time, in the other side's and in UTC."),
        choices=preferences.zone_choices,
        widget=forms.Select(attrs={"translate": "no", "dir": "ltr"}),
    )


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show who the officer acts for, and what can be changed."""
    officer = preferences.officer_of(request)
    roles = [ROLE_NAMES.get(role, role) for role in sorted(getattr(officer, "roles", ()))]
    context: dict[str, Any] = {
        "roles": roles,
        "user_name": request.user.get_username(),
        "form": ZoneForm(initial={"zone": str(preferences.zone_of(request))}),
    }
    return render(request, "portal/account.html", context)


@require_POST
def set_zone(request: HttpRequest) -> HttpResponse:
    """Keep the time zone of this device."""
    try:
        name = str(clock.zone(request.POST.get("zone", "")))
    except MalformedError:
        return refusals.bad_request(request)
    messages.success(request, _("Times are now shown in the zone you chose."))
    response = redirect("portal:account")
    preferences.keep(response, preferences.ZONE_COOKIE, name)
    return response


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language of this device and go back to the page that was open."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        return refusals.bad_request(request)
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(wanted if safe else "/")
    preferences.keep(response, settings.LANGUAGE_COOKIE_NAME, code)
    return response


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Ask for the old password and the new one twice."""
    user = cast(User, request.user)  # the gate let nobody else in
    form = PasswordChangeForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed. Other sessions of yours are signed out."))
        return redirect("portal:account")
    return render(request, "portal/password.html", {"form": form})
