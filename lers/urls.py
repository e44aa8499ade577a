"""Every address of the portal. Each view declares its audience; a test walks this file."""

from django.urls import include, path

from lers import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("demo/mail/", include("lers.demo_mail")),
    path("", include("lers.public_urls")),
    path("", include("accounts.urls")),
    path("", include("preservation.urls")),
    path("", include("requests_app.views.public.urls")),
    path("", include("requests_app.views.public.verify_urls")),
    path("", include("requests_app.views.public.proof_urls")),
    path("", include("requests_app.views.company.urls")),
    path("", include("requests_app.views.officer.urls")),
    path("", include("requests_app.views.officer.records_urls")),
    path("", include("requests_app.views.officer.later_urls")),
    path("", include("requests_app.views.officer.recall_urls")),
    path("", include("requests_app.views.staff.urls")),
    path("", include("requests_app.views.staff.records_urls")),
    path("", include("requests_app.views.staff.later_urls")),
    path("", include("requests_app.views.staff.recall_urls")),
    path("", include("requests_app.views.staff.certificate_urls")),
]

handler400 = "lers.views.bad_request"
handler403 = "lers.views.permission_denied"
handler404 = "lers.views.page_not_found"
handler500 = "lers.views.server_error"
