"""What somebody needs who checks the trail without us."""

from django.urls import path

from requests_app.views.public import proofs

app_name = "proofs"

urlpatterns = [
    path("verify/keys.json", proofs.keys, name="keys"),
    path("verify/checkpoint.json", proofs.checkpoint, name="checkpoint"),
    path("verify/verify_package.py", proofs.script, name="script"),
    path("verify/verify_trail.py", proofs.trail_script, name="trail_script"),
]
