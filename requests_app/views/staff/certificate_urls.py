"""Pages of certificates for staff: drafting, signing, and the custodian's own key."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.staff import certificate_drafts, certificate_keys, certificates

app_name = "staff_certificates"

_ONE = "staff/certificates/<uuid:uid>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/certificates/", certificates.certificates, name="list"),
    path("staff/certificates/key/", certificate_keys.key, name="key"),
    path("staff/certificates/key/end/", certificate_keys.end, name="key_end"),
    path(_ONE, certificates.certificate, name="certificate"),
    path(f"{_ONE}sign/", certificates.sign, name="sign"),
    path(f"{_ONE}scan/", certificates.scan, name="scan"),
    path(f"{_ONE}scan/confirm/", certificates.confirm_scan, name="confirm_scan"),
    path(f"{_ONE}discard/", certificates.discard, name="discard"),
    path(f"{_ONE}withdraw/", certificates.withdraw, name="withdraw"),
    path(f"{_ONE}draft.pdf", certificates.file, {"which": "draft"}, name="draft_file"),
    path(f"{_ONE}signed/", certificates.file, {"which": "signed"}, name="signed_file"),
    path(f"{_ONE}change/", certificate_drafts.change, name="change"),
    path(
        "staff/requests/<str:reference>/records/<int:number>/certificate/new/", certificate_drafts.draft, name="draft"
    ),
]
