"""Addresses of what auditors watch: the state of the trail, and the weekly report of unusual acts."""

from django.urls import path

from requests_app.views.staff import trail_state

urlpatterns = [
    path("staff/trail-state/", trail_state.trail_state, name="trail_state"),
]
