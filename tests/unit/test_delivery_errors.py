"""Every error that Slack documents has a meaning here."""

import pytest

from brinkwatch.delivery.slack import errors
from brinkwatch.delivery.slack.errors import CANNOT_LOOK, FAULTS, HINTS, Fault, fault, hint

# What Slack documents, method by method (docs.slack.dev/reference/methods, read through slack-ruby/slack-api-ref).
COMMON = """
    access_denied accesslimited account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted
    fatal_error internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_auth invalid_charset
    invalid_form_data invalid_post_type method_deprecated missing_post_type missing_scope no_permission
    not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable
    team_access_not_granted team_added_to_org token_expired token_revoked two_factor_setup_required
"""
POST = """
    as_user_not_supported attachment_payload_limit_exceeded cannot_reply_to_message channel_not_found
    duplicate_channel_not_found duplicate_message_not_found invalid_blocks invalid_blocks_format
    invalid_metadata_format invalid_metadata_schema is_archived markdown_text_conflict message_limit_exceeded
    messages_tab_disabled metadata_must_be_sent_from_app metadata_too_large missing_file_data msg_blocks_too_long
    no_text not_in_channel rate_limited restricted_action restricted_action_non_threadable_channel
    restricted_action_read_only_channel restricted_action_thread_locked restricted_action_thread_only_channel
    slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
    team_not_found too_many_attachments too_many_contact_cards
"""
UPDATE = """
    block_mismatch cant_broadcast_message cant_update_message edit_window_closed external_channel_migrating
    invalid_attachments is_inactive message_not_found msg_too_long no_dual_broadcast_content_update
    streaming_state_conflict update_failed
"""
READ = """
    channel_is_limited_access invalid_cursor invalid_limit invalid_metadata_filter_keys invalid_ts_latest
    invalid_ts_oldest invalid_types limit_required list_record_comment_fetch_failed
    method_not_supported_for_channel_type missing_argument thread_not_found
"""
DOCUMENTED = (COMMON + POST + UPDATE + READ).split()


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_error_is_mapped(code: str) -> None:
    assert code in FAULTS


def test_each_code_has_one_meaning() -> None:
    groups = [errors.TRANSIENT, errors.RATE, errors.AMBIGUOUS, errors.FORMAT, errors.MENDABLE, errors.PERMANENT]
    groups.append(errors.GONE)
    assert sum(map(len, groups)) == len(FAULTS)


def test_an_unknown_error_is_taken_to_pass() -> None:
    assert fault("something_new") is Fault.TRANSIENT


def test_what_may_have_half_succeeded_is_not_simply_repeated() -> None:
    assert {fault("internal_error"), fault("fatal_error")} == {Fault.AMBIGUOUS}


def test_hints_are_given_for_what_a_person_can_mend() -> None:
    assert all(FAULTS[code] is Fault.MENDABLE for code in HINTS)
    assert set(FAULTS) >= CANNOT_LOOK
    assert "manifest" in hint("missing_scope")
    assert hint("org_login_required")
