"""Addresses of what comes outside the portal, part of the desk's."""

from django.urls import path

from requests_app.views.staff import incoming, phone_calls, recording

_REQUEST = "staff/requests/<str:reference>/"

urlpatterns = [
    path("staff/incoming/", incoming.listed, name="incoming"),
    path("staff/incoming/add/", incoming.add, name="incoming_add"),
    path("staff/incoming/<uuid:uid>/", incoming.message, name="incoming_message"),
    path("staff/incoming/<uuid:uid>/attach/", incoming.attach, name="incoming_attach"),
    path("staff/incoming/<uuid:uid>/dismiss/", incoming.dismiss, name="incoming_dismiss"),
    path("staff/incoming/<uuid:uid>/call/", phone_calls.call, name="incoming_call"),
    path("staff/incoming/<uuid:uid>/call/<int:pk>/second/", phone_calls.second, name="incoming_second"),
    path("staff/incoming/<uuid:uid>/hold/", phone_calls.hold, name="incoming_hold"),
    path("staff/incoming/<uuid:uid>/pages/<uuid:document>/<int:number>.png", incoming.page_image, name="incoming_page"),
    path("staff/record/", recording.choose, name="record_choose"),
    path("staff/record/<uuid:uid>/", recording.new, name="record"),
    path("staff/record/<uuid:uid>/call/", recording.call, name="record_call"),
    path("staff/record/<uuid:uid>/hold/", recording.hold, name="record_hold"),
    path(f"{_REQUEST}recorded/", recording.recorded, name="recorded"),
    path(f"{_REQUEST}recipient/", recording.recipient, name="recipient"),
]
