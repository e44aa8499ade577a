"""Who may come to which address. Written down by hand and read by people: a new address needs a line here.

Everybody who is not in a line is turned away: to the sign-in, with 403 (staff on a page of staff) or with 404.
"""

from tests.url_inventory.visitors import OFFICERS, VISITORS

EVERYBODY = frozenset(VISITORS)
SIGNED_IN = EVERYBODY - {"anonymous"}
VERIFIED = SIGNED_IN - {"half", "newcomer"}
ALL_OFFICERS = frozenset(OFFICERS)
OWNER = frozenset({"owner"})
LEAD = frozenset({"lead"})
CASE = frozenset({"owner", "lead"})

QUEUE = frozenset({"analyst", "approver", "counsel", "dpo", "custodian", "auditor"})
VETTING = frozenset({"analyst", "approver", "auditor"})
HOLDS = QUEUE | {"preservation_admin"}
ANALYST = frozenset({"analyst"})
APPROVER = frozenset({"approver"})
BOTH = ANALYST | APPROVER
KEEPER = frozenset({"preservation_admin"})
APPLICANT = frozenset({"applicant"})
ADMINISTRATOR = frozenset({"administrator"})
# Who sends mail again that did not arrive.
MAIL = BOTH | KEEPER | ADMINISTRATOR
# Who reads about colleagues.
PEOPLE = ADMINISTRATOR | {"approver", "auditor"}

# The names of a namespace's addresses, by who may come to them.
_ROWS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("", EVERYBODY, "healthz readyz demo_mail demo_mail_detail"),
    ("public", EVERYBODY, "home guidelines emergency privacy accessibility contact security"),
    ("accounts", EVERYBODY, "start sent confirm sign_in sign_out forgotten forgotten_sent new_password typed_keep"),
    ("accounts", EVERYBODY, "sso sso_back"),
    ("accounts", SIGNED_IN, "factor factor_new factor_qr passkey_ask passkey_ask_new"),
    ("accounts", OWNER, "factor_edit factor_remove"),
    ("accounts", VERIFIED, "password sessions session_life session_stay session_end sessions_end_others typed_discard"),
    ("accounts", VERIFIED, "inbox messages_read message_choices"),
    ("accounts", OWNER, "message"),
    ("accounts", VERIFIED, "landing account end_sessions recovery_codes recovery_codes_new mine again verify"),
    ("accounts", APPLICANT, "application step withdraw appeal"),
    ("accounts", VETTING, "applications review page_image call_back decide conflicts statistics statistics_file"),
    ("accounts", ANALYST, "take assign hand_back check_again"),
    ("accounts", BOTH, "adopt declare_conflict declare_agency_conflict"),
    ("accounts", APPROVER, "end_conflict"),
    ("accounts", VETTING, "agencies agency agencies_blocked"),
    ("accounts", BOTH, "agency_new agency_correct agency_domain_add agency_domain_remove block block_lift"),
    ("accounts", BOTH, "agency_number_add agency_number_confirm agency_number_retire"),
    ("accounts", APPROVER, "agency_power agency_merge"),
    ("accounts", VETTING, "suspensions suspension"),
    ("accounts", BOTH, "agency_suspend officer_suspend officer_sessions_end look_back suspension_call"),
    ("accounts", APPROVER, "lift"),
    ("accounts", EVERYBODY, "join lost_help lost_factor_link"),
    ("accounts", SIGNED_IN, "lost_factor lost_factor_withdraw"),
    ("accounts", VERIFIED, "change change_confirm uploads download_starts"),
    ("accounts", OWNER, "upload"),
    ("accounts", PEOPLE, "people person role_change invitation"),
    ("accounts", ADMINISTRATOR, "invite role_propose on_call role_change_withdraw"),
    ("accounts", ADMINISTRATOR, "invitation_withdraw invitation_again"),
    ("accounts", ADMINISTRATOR | APPROVER, "role_change_decide invitation_decide block_lift_ask staff_block_lift"),
    ("accounts", VETTING | ADMINISTRATOR, "lost_factors"),
    ("accounts", VETTING, "lost_factor_case lost_factor_call"),
    ("accounts", PEOPLE, "lost_factor_recognise lost_factor_decide"),
    ("accounts", MAIL | {"auditor"}, "undelivered undelivered_message"),
    ("accounts", MAIL, "undelivered_resend undelivered_done undelivered_resend_all"),
    ("accounts", ADMINISTRATOR, "undelivered_hook_done"),
    ("accounts", ADMINISTRATOR, "hooks hook hook_new hook_change hook_secret hook_secret_shown"),
    ("accounts", ADMINISTRATOR, "hook_switch hook_test hook_remove hook_again"),
    ("accounts", frozenset({"auditor"}), "trail"),
    (
        "accounts",
        LEAD,
        "my_agency member_remove vouches vouch_withdraw desks desk desk_put_in desk_take_out desk_close",
    ),
    ("accounts", VETTING, "officers officer officer_lead_call"),
    ("accounts", APPROVER, "officer_lead officer_lead_end officers_verify"),
    ("officer", ALL_OFFICERS, "requests draft_new emergency_new"),
    ("officer", ALL_OFFICERS, "channel stops stop"),
    ("officer", EVERYBODY, "stop_civil guidelines_choose guidelines"),
    ("officer", CASE, "request received sent emergency question file withdraw copy documents documents_remove"),
    ("officer", CASE, "appeal refile letter renew_bar"),
    ("officer", CASE, "emergency_contact emergency_after emergency_hold"),
    ("officer", CASE, "more_time question_file"),
    ("officer", ALL_OFFICERS, "hand_over_several"),
    ("officer", CASE, "followers follower_end hand_over hand_over_cancel print"),
    ("officer", CASE, "change_facts change_identifiers change_records"),
    ("officer", OWNER, "followers_draft follower_end_draft hand_over_draft"),
    ("officer", OWNER, "draft draft_delete draft_file check"),
    ("officer", ALL_OFFICERS, "enquiry_new freeze_new"),
    ("officer", OWNER, "step_assets restricted"),
    ("officer", OWNER, "identifiers_template identifiers_import identifiers_import_cancel identifiers_import_refused"),
    ("officer", OWNER, "step_identifiers step_documents step_legal_process step_facts step_records step_notice"),
    ("officer", OWNER, "order_new order_reuse order order_remove order_draft_version"),
    ("officer", CASE, "orders order_version"),
    ("records", CASE, "package passphrase archive letter manifest item certificate taken"),
    ("holds", ALL_OFFICERS, "list new"),
    ("holds", OWNER, "identifiers records reason law check delete"),
    ("holds", CASE, "filed"),
    ("holds", HOLDS | ADMINISTRATOR, "rules"),
    ("holds", ADMINISTRATOR, "rules_change"),
    ("holds", CASE, "followers follower_end take_over"),
    ("holds", CASE, "detail started extend release certificate"),
    ("holds", HOLDS, "staff_list staff_detail staff_certificate"),
    ("holds", HOLDS, "staff_search staff_figures"),
    ("holds", CASE, "again"),
    ("holds", HOLDS, "staff_to_accept staff_accept staff_call call_second"),
    ("holds", KEEPER, "accept decline call_record"),
    ("holds", BOTH | KEEPER | {"auditor"}, "staff_export"),
    ("holds", KEEPER, "staff_look"),
    ("holds", CASE, "needed"),
    ("holds", KEEPER, "decide treaty bulk bulk_decide bulk_done"),
    ("holds", HOLDS, "extension_page document_page extension_document document"),
    ("holds", CASE, "old_certificate"),
    ("holds", HOLDS, "staff_old_certificate manifest"),
    ("holds", KEEPER, "choose try_again"),
    ("holds", CASE, "release_part still_runs"),
    ("holds", KEEPER, "staff_release_part end_early staff_filed"),
    ("officer", CASE, "request_holds"),
    ("officer", OWNER, "hold_attach"),
    ("holds", ALL_OFFICERS, "extend_many"),
    ("staff", QUEUE, "queue request messages notes history sent page_image document document_copy"),
    ("staff", QUEUE, "document_find approval print search"),
    ("staff", QUEUE, "present conflict"),
    ("staff", QUEUE, "letter letter_page letter_again"),
    ("staff", ANALYST, "search_results"),
    ("staff", QUEUE, "saved_views saved_view_new saved_view saved_view_delete"),
    ("staff", BOTH | {"auditor"}, "queue_export"),
    ("staff", HOLDS, "deadlines"),
    ("staff", QUEUE, "figures figures_again"),
    ("staff", BOTH | {"auditor"}, "figures_take"),
    ("staff", HOLDS | ADMINISTRATOR, "absences absence absence_new absence_end"),
    ("staff", ANALYST, "follower hand_over bulk bulk_page"),
    ("staff", HOLDS | ADMINISTRATOR, "catalogue catalogue_type catalogue_compare entry_points"),
    ("staff", HOLDS | ADMINISTRATOR, "calendars calendar routing routing_try"),
    ("staff", ADMINISTRATOR, "routing_new routing_rule routing_switch routing_move"),
    ("staff", ADMINISTRATOR, "rota rota_new rota_step rota_move rota_remove rota_duty_new rota_duty rota_duty_remove"),
    ("staff", HOLDS | ADMINISTRATOR, "emergencies"),
    ("urgent", EVERYBODY, "tell told check_letter"),
    ("verify", EVERYBODY, "check"),
    ("staff", VETTING, "urgent_contacts urgent_contact"),
    ("staff", ANALYST, "urgent_take urgent_agency urgent_call urgent_hold urgent_turn_away urgent_end"),
    ("staff", BOTH, "urgent_second"),
    ("accounts", HOLDS | ADMINISTRATOR, "message_words message_word message_html"),
    ("staff", ADMINISTRATOR, "calendar_new calendar_change calendar_recount"),
    ("staff", ADMINISTRATOR, "catalogue_switch entry_point entry_point_new entry_point_remove sealed_channel"),
    ("staff", ADMINISTRATOR, "company_systems company_address company_check company_again"),
    ("staff", ADMINISTRATOR, "company_key_new company_key_shown company_key_end"),
    ("staff", QUEUE, "freeze readers call_back call_second minimum"),
    ("staff", QUEUE, "readers_add readers_remove"),
    ("staff", ANALYST, "freeze_record readers_restrict"),
    ("staff", APPROVER, "freeze_confirm freeze_clear lift_confirm lift_decline extension_confirm extension_decline"),
    ("staff", QUEUE, "freezes lift recorded"),
    ("staff", ANALYST, "freeze_instruct freeze_again freeze_by_hand lift_begin lift_record lift_instruct"),
    ("staff", ANALYST, "extension_check"),
    ("officer", CASE, "freeze_lift freeze_letter"),
    ("staff", QUEUE, "emergency_after"),
    ("staff", ANALYST, "not_emergency emergency_accept emergency_send_back emergency_told"),
    ("staff", APPROVER, "emergency_excuse"),
    ("staff", ANALYST, "take assign give_back team return reopen review_again cancel_question"),
    ("staff", ANALYST, "more_time"),
    ("staff", ANALYST, "incoming incoming_add incoming_message incoming_attach incoming_dismiss incoming_page"),
    ("staff", ANALYST, "incoming_call incoming_second incoming_hold"),
    ("staff", ANALYST, "record_choose record record_call record_hold recipient"),
    ("staff", QUEUE, "question_file"),
    ("staff", HOLDS | ADMINISTRATOR, "texts text"),
    ("staff", APPROVER | ADMINISTRATOR, "text_new texts_load text_copy text_retire"),
    ("staff", APPROVER, "approvals sign send_back"),
    ("staff", QUEUE, "batches batch"),
    ("staff", ANALYST, "batch_new batch_template batch_check"),
    ("staff", BOTH | {"auditor"}, "batch_results"),
    ("staff", QUEUE, "takedowns takedown takedown_document takedown_page takedown_reply"),
    ("staff", ANALYST, "takedown_new takedown_take takedown_propose"),
    ("staff", APPROVER, "takedown_sign takedown_send_back"),
    ("staff", ANALYST, "recall"),
    ("staff", QUEUE, "request_counsel compare"),
    ("staff", frozenset({"counsel", "dpo"}), "counsel restrictions restriction compliance hold_compliance"),
    ("staff", BOTH, "bar"),
    ("staff", HOLDS | ADMINISTRATOR, "notice_rule"),
    # Signed by the company's own systems: everybody reaches it, and nobody of these is let in.
    ("company", EVERYBODY, "restrictions"),
    ("staff", frozenset({"approver", "auditor"}), "alarms alarm"),
    ("staff_records", QUEUE, "list package letter manifest added added_page added_file added_copy"),
    ("staff_records", QUEUE, "letter_pages letter_page certificate_pages certificate_page"),
    ("staff_records", QUEUE, "collected collected_outside collected_page notices notice notice_letter"),
    ("staff_records", ANALYST, "start build_again take_back add added_remove collected_take_out"),
    ("staff_records", APPROVER, "release stop waive notice_decide"),
    ("staff_records", BOTH, "propose_waiver"),
)

MATRIX: dict[str, frozenset[str]] = {
    f"{namespace}:{name}" if namespace else name: people for namespace, people, names in _ROWS for name in names.split()
}
