"""Pages of accounts: access, sign-in, factors, vetting, people, trail."""

from django.urls import URLPattern, URLResolver, path, re_path

from accounts.parts import STEPS
from accounts.views import access, account, apply, factors, lead, passkeys, sign_in
from accounts.views.staff import conflicts, deciding, officers, people, queue, review, statistics, trail

app_name = "accounts"

_STEP = rf"^access/(?P<reference>AC-[0-9A-Z-]+)/(?P<name>{'|'.join(STEPS)})/$"

urlpatterns: list[URLPattern | URLResolver] = [
    path("access/", access.start, name="start"),
    path("access/sent/", access.sent, name="sent"),
    path("access/confirm/<str:reference>/<str:token>/", access.confirm, name="confirm"),
    path("access/mine/", apply.mine, name="mine"),
    path("access/again/", apply.again, name="again"),
    path("access/<str:reference>/", apply.application, name="application"),
    path("access/<str:reference>/withdraw/", apply.withdraw, name="withdraw"),
    re_path(_STEP, apply.step, name="step"),
    path("agency/", lead.agency, name="my_agency"),
    path("agency/members/<int:pk>/remove/", lead.remove, name="member_remove"),
    path("agency/vouches/", lead.vouches, name="vouches"),
    path("agency/vouches/<int:pk>/withdraw/", lead.withdraw, name="vouch_withdraw"),
    path("agency/desks/", lead.desks, name="desks"),
    path("agency/desks/<int:pk>/", lead.desk, name="desk"),
    path("agency/desks/<int:pk>/members/", lead.desk_put_in, name="desk_put_in"),
    path("agency/desks/<int:pk>/members/<int:member>/", lead.desk_take_out, name="desk_take_out"),
    path("agency/desks/<int:pk>/close/", lead.desk_close, name="desk_close"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/factor/", factors.show, name="factor"),
    path("sign-in/factor/passkey/", passkeys.ask, name="passkey_ask"),
    path("sign-in/forgotten/", sign_in.forgotten, name="forgotten"),
    path("sign-in/forgotten/sent/", sign_in.forgotten_sent, name="forgotten_sent"),
    path("sign-in/new-password/<str:uid>/<str:token>/", sign_in.new_password, name="new_password"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("start/", sign_in.landing, name="landing"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_sessions, name="end_sessions"),
    path("account/factors/new/", factors.new, name="factor_new"),
    path("account/factors/new/qr.png", factors.qr, name="factor_qr"),
    path("account/factors/new/passkey/", passkeys.ask_new, name="passkey_ask_new"),
    path("account/factors/<str:kind>/<int:pk>/", account.factor_edit, name="factor_edit"),
    path("account/factors/<str:kind>/<int:pk>/remove/", account.factor_remove, name="factor_remove"),
    path("account/recovery-codes/", factors.recovery_codes, name="recovery_codes"),
    path("account/recovery-codes/new/", factors.recovery_codes_new, name="recovery_codes_new"),
    path("staff/access/", queue.queue, name="applications"),
    path("staff/access/statistics/", statistics.statistics, name="statistics"),
    path("staff/access/statistics.csv", statistics.statistics_file, name="statistics_file"),
    path("staff/access/<str:reference>/", review.review, name="review"),
    path("staff/access/<str:reference>/take/", queue.take, name="take"),
    path("staff/access/<str:reference>/assign/", queue.assign, name="assign"),
    path("staff/access/<str:reference>/hand-back/", queue.hand_back, name="hand_back"),
    path("staff/access/<str:reference>/call-back/", deciding.call_back, name="call_back"),
    path("staff/access/<str:reference>/decide/", deciding.decide, name="decide"),
    path("staff/access/<str:reference>/check/", deciding.check_again, name="check_again"),
    path("staff/access/<str:reference>/agency/", deciding.adopt, name="adopt"),
    path("staff/access/<str:reference>/conflict/", conflicts.declare, name="declare_conflict"),
    path("staff/access/<str:reference>/pages/<int:number>.png", review.page_image, name="page_image"),
    path("staff/agencies/<uuid:uid>/conflict/", conflicts.declare_agency, name="declare_agency_conflict"),
    path("staff/conflicts/", conflicts.conflicts, name="conflicts"),
    path("staff/conflicts/<int:pk>/end/", conflicts.end, name="end_conflict"),
    path("staff/officers/", officers.listed, name="officers"),
    path("staff/officers/verify-again/", officers.verify_again, name="officers_verify"),
    path("staff/officers/<int:pk>/", officers.officer, name="officer"),
    path("staff/officers/<int:pk>/lead/", officers.lead, name="officer_lead"),
    path("staff/officers/<int:pk>/lead/call/", officers.lead_call, name="officer_lead_call"),
    path("staff/officers/<int:pk>/lead/end/", officers.lead_end, name="officer_lead_end"),
    path("staff/people/", people.people, name="people"),
    path("staff/audit/", trail.trail, name="trail"),
]
