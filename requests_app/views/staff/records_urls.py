"""Pages of records for staff: packages and notices."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.staff import (
    copies,
    notice_list,
    notice_page,
    paper_pages,
    proofs,
    records_added,
    records_collected,
    records_notices,
    records_pages,
)

app_name = "staff_records"

_RECORDS = "staff/requests/<str:reference>/records/"
_PACKAGE = f"{_RECORDS}<int:number>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(_RECORDS, records_pages.records, name="list"),
    path(f"{_RECORDS}start/", records_pages.start, name="start"),
    path(f"{_RECORDS}add/", records_added.add, name="add"),
    path(f"{_RECORDS}added/<uuid:uid>/", records_added.added, name="added"),
    path(f"{_RECORDS}added/<uuid:uid>/<int:number>.png", records_added.page, name="added_page"),
    path(f"{_RECORDS}added/<uuid:uid>/file/", records_added.original, name="added_file"),
    path(f"{_RECORDS}added/<uuid:uid>/copy/", records_added.copy, name="added_copy"),
    path(f"{_RECORDS}added/<uuid:uid>/remove/", records_added.remove, name="added_remove"),
    path(_PACKAGE, records_pages.package, name="package"),
    path(f"{_PACKAGE}build/", records_pages.build_again, name="build_again"),
    path(f"{_PACKAGE}release/", records_pages.release, name="release"),
    path(f"{_PACKAGE}stop/", records_pages.stop, name="stop"),
    path(f"{_PACKAGE}take-back/", records_pages.take_back, name="take_back"),
    path(f"{_PACKAGE}files/<uuid:uid>/", records_collected.collected, name="collected"),
    path(f"{_PACKAGE}files/<uuid:uid>/take-out/", records_collected.take_out, name="collected_take_out"),
    path(f"{_PACKAGE}files/<uuid:uid>/outside.csv", records_collected.outside, name="collected_outside"),
    path(f"{_PACKAGE}files/<uuid:uid>/<int:page>.png", records_collected.page, name="collected_page"),
    path(f"{_PACKAGE}letter.pdf", records_pages.file, {"kind": "letter"}, name="letter"),
    path(f"{_PACKAGE}letter/", paper_pages.letter, name="letter_pages"),
    path(f"{_PACKAGE}letter/<int:page>.png", paper_pages.letter_page, name="letter_page"),
    path(f"{_PACKAGE}certificate/<uuid:uid>/", paper_pages.certificate, name="certificate_pages"),
    path(f"{_PACKAGE}certificate/<uuid:uid>/<int:page>.png", paper_pages.certificate_page, name="certificate_page"),
    path(f"{_PACKAGE}manifest.json", records_pages.file, {"kind": "manifest"}, name="manifest"),
    path(f"{_PACKAGE}receipts/", records_pages.taken, name="receipts"),
    path("staff/copies/", copies.copies, name="copies"),
    path("staff/copies/<uuid:uid>/", copies.copy, name="copy"),
    path(f"{_PACKAGE}proof.json", proofs.proof, name="proof"),
    path("staff/notices/", notice_list.notices, name="notices"),
    path(f"{_RECORDS}notices/<uuid:uid>/", notice_page.notice, name="notice"),
    path(f"{_RECORDS}notices/<uuid:uid>/decide/", notice_page.decide, name="notice_decide"),
    path(f"{_RECORDS}notices/<uuid:uid>/letter/", notice_page.letter, name="notice_letter"),
    path(f"{_RECORDS}notices/<uuid:uid>/waiver/", records_notices.propose_waiver, name="propose_waiver"),
    path(f"{_RECORDS}notices/<uuid:uid>/waive/", records_notices.waive, name="waive"),
]
