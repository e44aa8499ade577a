"""Pages of recalls for who took records."""

from django.urls import URLPattern, URLResolver, path

from requests_app.views.officer import recalls

app_name = "recalls"

urlpatterns: list[URLPattern | URLResolver] = [
    path("recalls/<uuid:uid>/", recalls.destruction, name="destruction"),
]
