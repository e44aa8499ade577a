"""Pages whose GET leaves no entry, and why; a new page is told of, or stands here with its reason."""

_REASONS: tuple[tuple[str, str], ...] = (
    ("public words, the same for everybody",
     ("public:accessibility public:contact public:emergency public:guidelines public:home public:privacy "
     "public:security officer:guidelines officer:guidelines_choose officer:channel urgent:check_letter urgent:tell "
     "urgent:told verify:check healthz readyz")),
    ("keys, signed heads and the script that checks them: made to be public",
     "proofs:checkpoint proofs:keys proofs:script proofs:trail_script"),
    ("the demo's caught mails; no such page anywhere else", "demo_mail demo_mail_detail"),
    ("a step of signing in or out; each try and its outcome has its entry",
     ("accounts:factor accounts:factor_edit accounts:factor_new accounts:factor_qr accounts:factor_remove "
     "accounts:forgotten accounts:forgotten_sent accounts:lost_factor accounts:lost_help accounts:recovery_codes "
     "accounts:recovery_codes_new accounts:sent accounts:sign_in accounts:start accounts:password "
     "accounts:session_life")),
    ("their own account, application, sessions, messages and files, and nobody else's",
     ("accounts:account accounts:change accounts:inbox accounts:message accounts:message_choices "
     "accounts:message_html accounts:message_word accounts:message_words accounts:mine accounts:sessions "
     "accounts:upload accounts:uploads accounts:verify accounts:withdraw accounts:vouches accounts:desks "
     "accounts:desk accounts:member_remove")),
    ("a draft that only its writer sees, as they typed it",
     ("officer:check officer:copy officer:documents officer:draft officer:draft_delete officer:draft_new "
     "officer:emergency_contact officer:emergency_new officer:enquiry_new officer:followers_draft "
     "officer:freeze_new officer:hand_over_draft officer:hold_attach officer:identifiers_import "
     "officer:identifiers_import_refused officer:identifiers_template officer:order officer:order_draft_version "
     "officer:order_new officer:order_remove officer:order_reuse officer:restricted officer:step_documents "
     "officer:step_facts officer:step_identifiers officer:step_legal_process officer:step_notice "
     "officer:step_records holds:check holds:delete holds:identifiers holds:new holds:reason holds:records")),
    ("a form on a request or hold of their own, whose page has the entry",
     ("officer:change_facts officer:change_identifiers officer:change_records officer:followers "
     "officer:freeze_lift officer:hand_over officer:hand_over_several officer:more_time officer:order_version "
     "officer:renew_bar officer:request_holds officer:stop officer:stop_civil officer:withdraw later:ask "
     "holds:followers "
     "holds:release holds:release_part holds:started holds:still_runs records:taken")),
    ("a list: references, names and states; opening one of them has its entry",
     ("officer:requests officer:stops holds:list holds:staff_list holds:staff_to_accept holds:staff_search "
     "accounts:agencies accounts:agencies_blocked accounts:applications accounts:conflicts accounts:suspensions "
     "staff:absences staff:alarms staff:unusual staff:breaches "
            "staff:approvals staff:batches staff:counsel staff:deadlines staff:emergencies "
     "staff:freezes staff:incoming staff:queue staff:restrictions staff:takedowns staff:urgent_contacts "
     "staff_certificates:list staff_later:list staff_recalls:list staff_records:copies staff_records:notices")),
    ("a search; asking has its entry with what was asked", "staff:search staff:search_results"),
    ("counts, no cases; taking them as a file has its entry",
     "staff:figures staff:figures_take holds:staff_figures"),
    ("the form before a file; sending the file has its entry", ("staff:queue_export staff:breaches_export "
            "holds:staff_export accounts:trail_export")),
    ("how the desk is set up: no case and no customer in it; each change has its entry",
     ("staff:calendar staff:calendar_change staff:calendar_new staff:calendar_recount staff:calendars "
     "staff:catalogue staff:catalogue_compare staff:catalogue_switch staff:catalogue_type staff:company_address "
     "staff:company_key_new staff:company_systems staff:entry_point staff:entry_point_new "
     "staff:entry_point_remove staff:entry_points staff:notice_rule staff:rota staff:rota_duty "
     "staff:rota_duty_new staff:rota_new staff:rota_remove staff:rota_step staff:routing staff:routing_new "
     "staff:routing_rule staff:routing_try staff:saved_view staff:saved_view_new staff:saved_views "
     "staff:sealed_channel staff:text staff:text_copy staff:text_new staff:texts staff:absence staff:absence_new "
     "holds:rules holds:rules_change accounts:hooks accounts:hook accounts:hook_new accounts:hook_change "
     "accounts:hook_remove accounts:hook_secret accounts:hook_secret_shown "
            "accounts:browser_reports_list staff:company_key_end staff:company_key_shown")),
    ("an empty form for something that came another way",
     ("staff:batch_check staff:batch_new staff:batch_results staff:batch_template staff:incoming_add staff:record "
     "staff:record_call staff:record_choose staff:record_hold staff:takedown_new staff:breach_new")),
    ("a form about an agency or a person, whose page has the entry",
     ("accounts:agency_correct accounts:agency_domain_add accounts:agency_domain_remove accounts:agency_merge "
     "accounts:agency_new accounts:agency_number_add accounts:agency_number_confirm "
     "accounts:agency_number_retire accounts:agency_power accounts:agency_suspend accounts:assign accounts:block "
     "accounts:block_lift accounts:declare_agency_conflict accounts:declare_conflict accounts:invite "
     "accounts:look_back accounts:officer_sessions_end accounts:officer_suspend accounts:officers_verify "
     "accounts:role_propose accounts:invitation accounts:role_change")),
    ("part of a page of a request that has the entry",
     ("staff:present staff:letter_page staff:emergency_excuse staff_certificates:change staff_certificates:draft "
     "staff_certificates:key holds:staff_look")),
)  # fmt: skip

HARMLESS: dict[str, str] = {name: reason for reason, names in _REASONS for name in names.split()}
