"""Pages of records for officers: downloads."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.officer import records_pages

app_name = "records"

_PACKAGE = "requests/<str:reference>/records/<int:number>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(_PACKAGE, records_pages.package, name="package"),
    path(f"{_PACKAGE}passphrase/", records_pages.passphrase, name="passphrase"),
    *[
        path(f"{_PACKAGE}{kind}/", records_pages.file, {"kind": kind}, name=kind)
        for kind in ("archive", "letter", "manifest")
    ],
    path(f"{_PACKAGE}files/<str:name>/", records_pages.item, name="item"),
    path(f"{_PACKAGE}certificates/<uuid:uid>/", records_pages.certificate, name="certificate"),
    path(f"{_PACKAGE}proof.json", records_pages.proof, name="proof"),
    path(f"{_PACKAGE}receipts/", records_pages.taken, name="taken"),
]
