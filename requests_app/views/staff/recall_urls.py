"""Pages of recalls for staff."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.staff import recalls

app_name = "staff_recalls"

_RECALL = "staff/requests/<str:reference>/records/<int:number>/recall/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/recalls/", recalls.recalls, name="list"),
    path(_RECALL, recalls.recall, name="recall"),
    path(f"{_RECALL}confirm/", recalls.confirm, name="confirm"),
    path(f"{_RECALL}drop/", recalls.drop, name="drop"),
    path(f"{_RECALL}people/<uuid:uid>/", recalls.person, name="person"),
    path(f"{_RECALL}mistake/", recalls.mistake, name="mistake"),
]
