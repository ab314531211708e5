"""Addresses of the consultation's pages."""

from __future__ import annotations

from django.urls import path

from detente.portal.consultation import acknowledging, originals, pages, proof, saying

urlpatterns = [
    path("consultation", pages.thread_list, name="consultation"),
    path("consultation/<uuid:thread>", pages.thread, name="thread"),
    path("consultation/<uuid:thread>/acknowledge/<str:statement_id>", acknowledging.acknowledge, name="acknowledge"),
    path("consultation/<uuid:thread>/say/<str:verb>", saying.say, name="say"),
    path("consultation/<uuid:thread>/proof", proof.proof, name="proof"),
    path("consultation/<uuid:thread>/proof/bundle", proof.bundle, name="proof-bundle"),
    path("policy", proof.policy, name="policy"),
    path("statement/<str:statement_id>", originals.statement, name="statement"),
    path("statement/<str:statement_id>/envelope", originals.envelope, name="statement-envelope"),
    path("statement/<str:statement_id>/receipt/<int:index>", originals.receipt, name="statement-receipt"),
    path("statement/<str:statement_id>/attachment/<str:sha256>", originals.attachment, name="attachment"),
]
