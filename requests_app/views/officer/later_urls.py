"""Pages of what officers ask for on answered requests."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.officer import later

app_name = "later"

urlpatterns: list[URLPattern | URLResolver] = [
    path("requests/<str:reference>/later/", later.ask, name="ask"),
    path("requests/<str:reference>/later/<uuid:uid>/take-back/", later.take_back, name="take_back"),
]
