"""Pages of holds, for officers and staff."""

from django.urls import URLPattern, URLResolver, path

from preservation.services.drafts import Step
from preservation.views.officer import (
    certificates,
    draft_law,
    drafts,
    extend,
    followers,
    holds,
    lists,
    needed,
    partial,
    receipts,
)
from preservation.views.officer import filing as filing_views
from preservation.views.staff import accepting, bulk, calls, choosing, deciding, exporting, looking, paper, release
from preservation.views.staff import figures as staff_figures
from preservation.views.staff import filing as staff_filing
from preservation.views.staff import holds as staff_holds
from preservation.views.staff import lists as staff_lists
from preservation.views.staff import rules as rules_views

app_name = "holds"

urlpatterns: list[URLPattern | URLResolver] = [
    path("holds/", lists.holds, name="list"),
    path("holds/new/", drafts.new, name="new"),
    path("holds/draft/<uuid:uid>/identifiers/", drafts.identifiers, name="identifiers"),
    path("holds/draft/<uuid:uid>/records/", drafts.step, {"name": str(Step.RECORDS)}, name="records"),
    path("holds/draft/<uuid:uid>/reason/", drafts.step, {"name": str(Step.REASON)}, name="reason"),
    path("holds/draft/<uuid:uid>/law/", draft_law.law, name="law"),
    path("holds/draft/<uuid:uid>/check/", drafts.check, name="check"),
    path("holds/draft/<uuid:uid>/delete/", drafts.delete, name="delete"),
    path("holds/extend/", extend.extend_many, name="extend_many"),
    path("holds/<str:reference>/", holds.detail, name="detail"),
    path("holds/<str:reference>/again/", drafts.again, name="again"),
    path("holds/<str:reference>/started/", holds.started, name="started"),
    path("holds/<str:reference>/receipts/", receipts.receipts, name="receipts"),
    path("holds/<str:reference>/receipts/<uuid:uid>.json", receipts.proof, name="receipt_proof"),
    path("holds/<str:reference>/needed/", needed.needed, name="needed"),
    path("holds/<str:reference>/filed/", filing_views.filed, name="filed"),
    path("holds/<str:reference>/extend/", extend.extend, name="extend"),
    path("holds/<str:reference>/release/", holds.release, name="release"),
    path("holds/<str:reference>/release/part/", partial.release_part, name="release_part"),
    path("holds/<str:reference>/treaty/", partial.still_runs, name="still_runs"),
    path("holds/<str:reference>/certificate.pdf", holds.certificate, name="certificate"),
    path("holds/<str:reference>/certificates/<uuid:uid>.pdf", certificates.old_certificate, name="old_certificate"),
    path("holds/<str:reference>/followers/", followers.followers, name="followers"),
    path("holds/<str:reference>/followers/<int:pk>/end/", followers.end, name="follower_end"),
    path("holds/<str:reference>/take-over/", followers.take_over, name="take_over"),
    path("staff/holds/", staff_lists.holds, name="staff_list"),
    path("staff/holds/rules/", rules_views.rules, name="rules"),
    path("staff/holds/rules/change/", rules_views.change, name="rules_change"),
    path("staff/holds/search/", exporting.search, name="staff_search"),
    path("staff/holds/export/", exporting.export, name="staff_export"),
    path("staff/holds/figures/", staff_figures.page, name="staff_figures"),
    path("staff/holds/to-accept/", accepting.to_accept, name="staff_to_accept"),
    path("staff/holds/extensions/", bulk.check, name="bulk"),
    path("staff/holds/extensions/decide/", bulk.decide, name="bulk_decide"),
    path("staff/holds/extensions/done/", bulk.done, name="bulk_done"),
    path("staff/holds/<str:reference>/", staff_holds.detail, name="staff_detail"),
    path("staff/holds/<str:reference>/accept/", accepting.page, name="staff_accept"),
    path("staff/holds/<str:reference>/accept/yes/", accepting.accept, name="accept"),
    path("staff/holds/<str:reference>/accept/no/", accepting.decline, name="decline"),
    path("staff/holds/<str:reference>/call/", calls.page, name="staff_call"),
    path("staff/holds/<str:reference>/call/record/", calls.record_call, name="call_record"),
    path("staff/holds/<str:reference>/call/<int:pk>/second/", calls.second, name="call_second"),
    path("staff/holds/<str:reference>/extensions/<uuid:uid>/", staff_holds.decide, name="decide"),
    path(
        "staff/holds/<str:reference>/extensions/<uuid:uid>/pages/<int:number>.png",
        deciding.page_image,
        name="extension_page",
    ),
    path("staff/holds/<str:reference>/extensions/<uuid:uid>/document/", deciding.original, name="extension_document"),
    path("staff/holds/<str:reference>/document/", deciding.hold_original, name="document"),
    path("staff/holds/<str:reference>/look/", looking.look, name="staff_look"),
    path("staff/holds/<str:reference>/document/<int:number>.png", paper.page_image, name="document_page"),
    path("staff/holds/<str:reference>/treaty/", staff_holds.treaty, name="treaty"),
    path("staff/holds/<str:reference>/release/part/", release.release_part, name="staff_release_part"),
    path("staff/holds/<str:reference>/filed/", staff_filing.filed, name="staff_filed"),
    path("staff/holds/<str:reference>/end/", release.end, name="end_early"),
    path("staff/holds/<str:reference>/certificate.pdf", staff_holds.certificate, name="staff_certificate"),
    path(
        "staff/holds/<str:reference>/certificates/<uuid:uid>.pdf",
        choosing.old_certificate,
        name="staff_old_certificate",
    ),
    path("staff/holds/<str:reference>/identifiers/<int:pk>/", choosing.choose, name="choose"),
    path("staff/holds/<str:reference>/again/", choosing.try_again, name="try_again"),
    path("staff/holds/<str:reference>/manifest.json", choosing.manifest, name="manifest"),
]
