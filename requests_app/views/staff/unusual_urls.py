"""Addresses of what auditors watch: the state of the trail, and the weekly report of unusual acts."""

from django.urls import path

from requests_app.views.staff import trail_state, unusual

_REPORT, _FINDING = "staff/unusual/<uuid:uid>/", "staff/unusual/finding/<uuid:uid>/"

urlpatterns = [
    path("staff/trail-state/", trail_state.trail_state, name="trail_state"),
    path("staff/unusual/", unusual.unusual, name="unusual"),
    path(_FINDING, unusual.finding, name="unusual_finding"),
    path(_REPORT, unusual.report, name="unusual_report"),
    path(f"{_REPORT}close/", unusual.close, name="unusual_close"),
    path(f"{_REPORT}report.csv", unusual.file, name="unusual_file"),
]
