"""Pages of what is asked for on answered requests, and of what an answer cost."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.staff import costs, later

app_name = "staff_later"

_REQUEST = "staff/requests/<str:reference>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/later/", later.asked, name="list"),
    path(f"{_REQUEST}later/<uuid:uid>/", later.one, name="one"),
    path(f"{_REQUEST}later/<uuid:uid>/reply/", later.reply, name="reply"),
    path(f"{_REQUEST}records/<int:number>/again/", later.reissue, name="reissue"),
    path(f"{_REQUEST}costs/", costs.costs, name="costs"),
    path(f"{_REQUEST}costs/<uuid:uid>/remove/", costs.remove, name="cost_remove"),
    path(f"{_REQUEST}costs.csv", costs.table, name="costs_file"),
]
