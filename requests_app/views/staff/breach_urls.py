"""Addresses of the register of breaches: random ids only, nothing of a breach."""

from django.urls import path

from requests_app.views.staff import breaches

urlpatterns = [
    path("staff/breaches/", breaches.breaches, name="breaches"),
    path("staff/breaches/new/", breaches.breach_new, name="breach_new"),
    path("staff/breaches/export/", breaches.breaches_export, name="breaches_export"),
    path("staff/breaches/<uuid:uid>/", breaches.breach, name="breach"),
    path("staff/breaches/<uuid:uid>/write/", breaches.breach_write, name="breach_write"),
]
