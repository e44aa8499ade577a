"""Pages about who follows a request, who has it, what is changed in it, and the paper of it."""

from django.urls import URLPattern, path

from requests_app.views.officer import amend, followers, hand_over, holds, printing

_SENT = "requests/<str:reference>/"
_DRAFT = "drafts/<uuid:uid>/"

# Before the pages of one request: "hand-over" is no reference.
first: list[URLPattern] = [path("requests/hand-over/", hand_over.several, name="hand_over_several")]

urlpatterns: list[URLPattern] = [
    path(f"{_SENT}followers/", followers.followers, name="followers"),
    path(f"{_SENT}followers/<int:pk>/end/", followers.end, name="follower_end"),
    path(f"{_SENT}hand-over/", hand_over.one, name="hand_over"),
    path(f"{_SENT}hand-over/cancel/", hand_over.cancel, name="hand_over_cancel"),
    path(f"{_SENT}change/facts/", amend.facts, name="change_facts"),
    path(f"{_SENT}change/identifiers/", amend.identifiers, name="change_identifiers"),
    path(f"{_SENT}change/records/", amend.records, name="change_records"),
    path(f"{_SENT}holds/", holds.of_request, name="request_holds"),
    path("holds/<str:reference>/attach/", holds.of_hold, name="hold_attach"),
    path(f"{_SENT}print.pdf", printing.paper, name="print"),
    path(f"{_DRAFT}followers/", followers.followers_draft, name="followers_draft"),
    path(f"{_DRAFT}followers/<int:pk>/end/", followers.end_draft, name="follower_end_draft"),
    path(f"{_DRAFT}hand-over/", hand_over.draft, name="hand_over_draft"),
]
