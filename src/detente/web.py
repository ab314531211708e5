"""The roof: which addresses lead where. Only this module knows portal, API and public files together."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from detente.api.application import api

urlpatterns = [path("", include("detente.portal.urls")), path("", api.urls)]
if settings.DEMO:
    urlpatterns.append(path("", include("detente.portal.tour")))

handler400 = "detente.portal.refusals.bad_request"
handler403 = "detente.portal.refusals.forbidden"
handler404 = "detente.portal.refusals.not_found"
handler500 = "detente.portal.refusals.server_error"
