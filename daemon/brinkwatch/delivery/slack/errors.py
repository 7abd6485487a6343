"""What each of Slack's error codes means for a message: data, and one look-up.

The codes are those that Slack documents for `chat.postMessage`, `chat.update`, `conversations.list`,
`conversations.history`, `conversations.replies` and `auth.test`, with the errors common to all methods
(docs.slack.dev/reference/methods).
"""

from enum import StrEnum


class Fault(StrEnum):
    """Who or what has to change before a message can go."""

    TRANSIENT = "transient"
    """Passes by itself; nobody saw the message."""
    RATE = "rate"
    """Too many messages; Slack says when to go on."""
    AMBIGUOUS = "ambiguous"
    """Slack says that part of the operation may have succeeded."""
    MENDABLE = "mendable"
    """A person has to mend the token, the app or the channel; the message waits for that."""
    FORMAT = "format"
    """Slack does not take the blocks; words alone may do."""
    GONE = "gone"
    """The message to edit or to reply to is not there."""
    PERMANENT = "permanent"
    """This message can never be sent."""


TRANSIENT = (
    "accesslimited", "external_channel_migrating", "list_record_comment_fetch_failed", "request_timeout",
    "service_unavailable", "streaming_state_conflict", "team_added_to_org", "update_failed",
)  # fmt: skip
RATE = ("message_limit_exceeded", "rate_limited", "ratelimited")
AMBIGUOUS = ("fatal_error", "internal_error")
FORMAT = ("attachment_payload_limit_exceeded", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
MENDABLE = (
    "access_denied", "account_inactive", "channel_is_limited_access", "channel_not_found", "deprecated_endpoint",
    "ekm_access_denied", "enterprise_is_restricted", "invalid_auth", "is_archived", "is_inactive",
    "messages_tab_disabled", "metadata_must_be_sent_from_app", "method_deprecated",
    "method_not_supported_for_channel_type", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed",
    "not_in_channel", "org_login_required", "restricted_action", "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel", "team_access_not_granted", "team_not_found", "token_expired",
    "token_revoked", "two_factor_setup_required",
)  # fmt: skip
GONE = ("cannot_reply_to_message", "message_not_found", "thread_not_found")
PERMANENT = (
    "as_user_not_supported", "block_mismatch", "cant_broadcast_message",
    "cant_update_message", "duplicate_channel_not_found", "duplicate_message_not_found", "edit_window_closed",
    "invalid_arg_name", "invalid_arguments", "invalid_array_arg", "invalid_attachments", "invalid_charset",
    "invalid_cursor", "invalid_form_data", "invalid_limit", "invalid_metadata_filter_keys", "invalid_metadata_format",
    "invalid_metadata_schema", "invalid_post_type", "invalid_ts_latest", "invalid_ts_oldest", "invalid_types",
    "limit_required", "markdown_text_conflict", "metadata_too_large", "missing_argument",
    "missing_file_data", "missing_post_type", "msg_too_long", "no_dual_broadcast_content_update", "no_text",
    "restricted_action_non_threadable_channel", "restricted_action_thread_locked",
    "slack_connect_canvas_sharing_blocked", "slack_connect_file_link_sharing_blocked",
    "slack_connect_lists_sharing_blocked", "too_many_attachments", "too_many_contact_cards",
)  # fmt: skip

FAULTS: dict[str, Fault] = {
    **dict.fromkeys(TRANSIENT, Fault.TRANSIENT),
    **dict.fromkeys(RATE, Fault.RATE),
    **dict.fromkeys(AMBIGUOUS, Fault.AMBIGUOUS),
    **dict.fromkeys(FORMAT, Fault.FORMAT),
    **dict.fromkeys(MENDABLE, Fault.MENDABLE),
    **dict.fromkeys(GONE, Fault.GONE),
    **dict.fromkeys(PERMANENT, Fault.PERMANENT),
}

# With these a look-up in the channel's history can never answer, whatever the token's health.
CANNOT_LOOK = frozenset({
    "access_denied", "channel_is_limited_access", "channel_not_found", "ekm_access_denied",
    "method_not_supported_for_channel_type", "missing_scope", "no_permission", "not_allowed_token_type",
    "not_in_channel", "restricted_action",
})  # fmt: skip

HINTS: dict[str, str] = {
    "account_inactive": "reinstall the Slack app and set its new token",
    "channel_not_found": "create the channel, correct its name in `routes`, or invite the app if it is private",
    "invalid_auth": "set the app's bot token (xoxb-…), or allow this machine's address in the app's settings",
    "is_archived": "unarchive the channel, or send its route elsewhere",
    "is_inactive": "unarchive the channel, or send its route elsewhere",
    "missing_scope": "add the scopes of deploy/slack-app-manifest.yaml to the app and install it again",
    "not_allowed_token_type": "use a bot token (xoxb-…)",
    "not_authed": "set the app's bot token (xoxb-…)",
    "not_in_channel": "invite the app to the channel",
    "restricted_action": "let the app post in this channel (channel or workspace settings)",
    "restricted_action_read_only_channel": "let the app post in this channel (channel settings)",
    "token_expired": "set the app's bot token again; tokens of this app must not rotate",
    "token_revoked": "reinstall the Slack app and set its new token",
}


def fault(code: str) -> Fault:
    """What a code means. An unknown one is taken to pass."""
    return FAULTS.get(code, Fault.TRANSIENT)


def hint(code: str) -> str:
    """What a person can do about a code that a person has to mend."""
    return HINTS.get(code, "see docs.slack.dev/reference/methods/chat.postMessage")
