"""Pages of requests for staff."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.officer import printing
from requests_app.views.staff import (
    agreements,
    approvals,
    calendars,
    catalogue,
    deadlines,
    entry_points,
    file_copies,
    files,
    freeze,
    messages,
    queue,
    readers,
    review,
    triage,
)

app_name = "staff"

_REQUEST = "staff/requests/<str:reference>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/queue/", queue.queue, name="queue"),
    path("staff/deadlines/", deadlines.deadlines, name="deadlines"),
    path("staff/catalogue/", catalogue.catalogue, name="catalogue"),
    path("staff/catalogue/compare/", catalogue.versions_compared, name="catalogue_compare"),
    path("staff/catalogue/<str:code>/", catalogue.process_type, name="catalogue_type"),
    path("staff/catalogue/<str:code>/switch/", catalogue.switch, name="catalogue_switch"),
    path("staff/entry-points/", entry_points.entry_points, name="entry_points"),
    path("staff/entry-points/new/", entry_points.new, name="entry_point_new"),
    path("staff/entry-points/sealed/", entry_points.sealed, name="sealed_channel"),
    path("staff/entry-points/<slug:country>/", entry_points.change, name="entry_point"),
    path("staff/entry-points/<slug:country>/remove/", entry_points.remove, name="entry_point_remove"),
    path("staff/calendars/", calendars.listed, name="calendars"),
    path("staff/calendars/new/", calendars.new, name="calendar_new"),
    path("staff/calendars/<int:pk>/", calendars.year, name="calendar"),
    path("staff/calendars/<int:pk>/change/", calendars.change, name="calendar_change"),
    path("staff/calendars/<int:pk>/recount/", calendars.recount, name="calendar_recount"),
    path("staff/approvals/", approvals.approvals, name="approvals"),
    path("staff/approvals/<str:reference>/", approvals.approval, name="approval"),
    path("staff/approvals/<str:reference>/sign/", approvals.sign, name="sign"),
    path("staff/approvals/<str:reference>/send-back/", approvals.send_back, name="send_back"),
    path(_REQUEST, review.request_page, name="request"),
    path(f"{_REQUEST}take/", triage.take, name="take"),
    path(f"{_REQUEST}hand-over/", triage.assign, name="assign"),
    path(f"{_REQUEST}return/", triage.return_incomplete, name="return"),
    path(f"{_REQUEST}reopen/", triage.reopen, name="reopen"),
    path(f"{_REQUEST}review-again/", triage.review_again, name="review_again"),
    path(f"{_REQUEST}call-back/", triage.call_back, name="call_back"),
    path(f"{_REQUEST}freeze/", freeze.freeze, name="freeze"),
    path(f"{_REQUEST}freeze/record/", freeze.record, name="freeze_record"),
    path(f"{_REQUEST}freeze/confirm/", freeze.confirm, name="freeze_confirm"),
    path(f"{_REQUEST}readers/", readers.readers, name="readers"),
    path(f"{_REQUEST}readers/add/", readers.change, {"act": "add"}, name="readers_add"),
    path(f"{_REQUEST}readers/remove/", readers.change, {"act": "remove"}, name="readers_remove"),
    path(f"{_REQUEST}readers/restrict/", readers.restrict, name="readers_restrict"),
    path(f"{_REQUEST}sent/", messages.sent, name="sent"),
    path(f"{_REQUEST}messages/", messages.thread, name="messages"),
    path(f"{_REQUEST}messages/<uuid:uid>/cancel/", messages.cancel, name="cancel_question"),
    path(f"{_REQUEST}notes/", messages.notes, name="notes"),
    path(f"{_REQUEST}history/", messages.history, name="history"),
    path(f"{_REQUEST}print.pdf", printing.staff_paper, name="print"),
    path(f"{_REQUEST}followers/<int:pk>/", agreements.follower, name="follower"),
    path(f"{_REQUEST}hand-overs/<uuid:uid>/", agreements.hand_over, name="hand_over"),
    path(f"{_REQUEST}pages/<uuid:uid>/<int:number>.png", files.page_image, name="page_image"),
    path(f"{_REQUEST}documents/<uuid:uid>/", files.original, name="document"),
    path(f"{_REQUEST}documents/<uuid:uid>/copy/", file_copies.copy, name="document_copy"),
    path(f"{_REQUEST}documents/<uuid:uid>/find/", file_copies.find, name="document_find"),
]
