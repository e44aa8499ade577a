"""Pages of requests for officers."""

from django.urls import URLPattern, URLResolver, path

from requests_app.services.preflight import Step
from requests_app.views.officer import (
    appeal,
    channels,
    decided,
    drafts,
    emergency,
    emergency_after,
    following_urls,
    freezes,
    identifier_imports,
    kinds,
    lists,
    more_documents,
    order_versions,
    orders,
    questions,
    receipts,
    renewals,
    requests,
    sending,
    step_documents,
    step_identifiers,
    steps,
    stops,
)

app_name = "officer"

_FORMS = (Step.FACTS, Step.ASSETS, Step.RECORDS, Step.NOTICE)

_IMPORT = "drafts/<uuid:uid>/identifiers/files/<uuid:number>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("channel/", channels.channel, name="channel"),
    path("guidelines/country/", channels.choose, name="guidelines_choose"),
    path("guidelines/<str:country>/", channels.guidelines, name="guidelines"),
    path("stop/", stops.stops, name="stops"),
    path("stop/civil/", stops.civil, name="stop_civil"),
    path("stop/<str:code>/", stops.stop, name="stop"),
    path("requests/", lists.requests, name="requests"),
    *following_urls.first,
    *following_urls.urlpatterns,
    path("requests/<str:reference>/", requests.detail, name="request"),
    path("requests/<str:reference>/received/", sending.received, name="received"),
    path("requests/<str:reference>/sent/", sending.sent, name="sent"),
    path("requests/<str:reference>/receipts/", receipts.receipts, name="receipts"),
    path("requests/<str:reference>/receipts/<uuid:uid>.json", receipts.proof, name="receipt_proof"),
    path("requests/<str:reference>/questions/<int:number>/", questions.question, name="question"),
    path("requests/<str:reference>/questions/<int:number>/more-time/", questions.more_time, name="more_time"),
    path("requests/<str:reference>/questions/<int:number>/<uuid:document>/", questions.file, name="question_file"),
    path("requests/<str:reference>/copy/", drafts.copy, name="copy"),
    path("requests/<str:reference>/refile/", drafts.refile, name="refile"),
    path("requests/<str:reference>/appeal/", appeal.appeal, name="appeal"),
    path("requests/<str:reference>/letters/<int:number>.pdf", decided.letter, name="letter"),
    path("requests/<str:reference>/freeze/lift/", freezes.ask_lift, name="freeze_lift"),
    path("requests/<str:reference>/freeze/letter.pdf", freezes.letter, name="freeze_letter"),
    path("requests/<str:reference>/withdraw/", requests.withdraw, name="withdraw"),
    path("requests/<str:reference>/secrecy/", renewals.renew, name="renew_bar"),
    path("requests/<str:reference>/documents/", more_documents.add, name="documents"),
    path("requests/<str:reference>/documents/remove/", more_documents.remove, name="documents_remove"),
    path("requests/<str:reference>/documents/<uuid:document>/", requests.file, name="file"),
    path("requests/<str:reference>/orders/", order_versions.of_request, name="orders"),
    path("requests/<str:reference>/orders/<uuid:order>/", order_versions.of_sent, name="order_version"),
    path("drafts/<uuid:uid>/legal-process/", orders.all_orders, name="step_legal_process"),
    path("drafts/<uuid:uid>/orders/new/", orders.new, name="order_new"),
    path("drafts/<uuid:uid>/orders/reuse/", orders.reuse, name="order_reuse"),
    path("drafts/<uuid:uid>/orders/<uuid:order>/", orders.order, name="order"),
    path("drafts/<uuid:uid>/orders/<uuid:order>/remove/", orders.remove, name="order_remove"),
    path("drafts/<uuid:uid>/orders/<uuid:order>/version/", order_versions.of_draft, name="order_draft_version"),
    path("drafts/new/", drafts.new, name="draft_new"),
    path("enquiry/new/", kinds.enquiry, name="enquiry_new"),
    path("freeze/new/", kinds.freeze, name="freeze_new"),
    path("drafts/<uuid:uid>/", drafts.draft, name="draft"),
    path("drafts/<uuid:uid>/restricted/", kinds.restricted, name="restricted"),
    path("drafts/<uuid:uid>/delete/", drafts.delete, name="draft_delete"),
    path("drafts/<uuid:uid>/identifiers/", step_identifiers.identifiers, name="step_identifiers"),
    path("drafts/<uuid:uid>/identifiers/columns/", identifier_imports.template, name="identifiers_template"),
    path(_IMPORT, identifier_imports.progress, name="identifiers_import"),
    path(f"{_IMPORT}cancel/", identifier_imports.cancel, name="identifiers_import_cancel"),
    path(f"{_IMPORT}refused/", identifier_imports.refused, name="identifiers_import_refused"),
    path("drafts/<uuid:uid>/documents/", step_documents.files, name="step_documents"),
    path("drafts/<uuid:uid>/documents/<uuid:document>/", drafts.file, name="draft_file"),
    path("drafts/<uuid:uid>/check/", sending.check, name="check"),
    path("emergency/new/", emergency.new, name="emergency_new"),
    path("emergency/<str:reference>/", emergency.received, name="emergency"),
    path("emergency/<str:reference>/contact/", emergency.contact, name="emergency_contact"),
    path("emergency/<str:reference>/afterwards/", emergency_after.after, name="emergency_after"),
    path("emergency/<str:reference>/hold/", emergency_after.hold, name="emergency_hold"),
    *[
        path(f"drafts/<uuid:uid>/{part}/", steps.step, {"name": str(part)}, name=f"step_{part.name.lower()}")
        for part in _FORMS
    ],
]
