"""Emergencies told without an account, for staff."""

from django.urls import path

from requests_app.views.staff import urgent_contacts

urlpatterns = [
    path("", urgent_contacts.listed, name="urgent_contacts"),
    path("<str:reference>/", urgent_contacts.contact, name="urgent_contact"),
    path("<str:reference>/take/", urgent_contacts.take, name="urgent_take"),
    path("<str:reference>/agency/", urgent_contacts.name_agency, name="urgent_agency"),
    path("<str:reference>/call/", urgent_contacts.call, name="urgent_call"),
    path("<str:reference>/calls/<int:pk>/second/", urgent_contacts.second, name="urgent_second"),
    path("<str:reference>/hold/", urgent_contacts.hold, name="urgent_hold"),
    path("<str:reference>/turn-away/", urgent_contacts.turn_away, name="urgent_turn_away"),
    path("<str:reference>/end/", urgent_contacts.end, name="urgent_end"),
]
