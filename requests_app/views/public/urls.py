"""Pages of requests for people without an account."""

from django.urls import path

from requests_app.views.public import urgent

app_name = "urgent"

urlpatterns = [
    path("emergency/no-account/", urgent.tell, name="tell"),
    path("emergency/no-account/<uuid:uid>/", urgent.told, name="told"),
]
