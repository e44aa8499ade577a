"""Pages of requests for people without an account."""

from django.urls import path

from requests_app.views.public import letters, urgent

app_name = "urgent"

urlpatterns = [
    path("letters/check/", letters.check, name="check_letter"),
    path("emergency/no-account/", urgent.tell, name="tell"),
    path("emergency/no-account/<uuid:uid>/", urgent.told, name="told"),
]
