"""From a file to settings, or to every problem in it."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brinkwatch.config.load import CHANNEL_VARIABLE, ConfigError, check, load, parse
from brinkwatch.config.settings import Settings

SECRET = "xoxb-2718-planted-S3cr3t"


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_every_problem_is_told_at_once_in_the_order_of_the_lines() -> None:
    assert problems(
        """
feeds:
  - id: bbc
    url: ftp://example.org
    interval: 90
  - id: bbc
    url: http://example.org
routes:
  - channel: "#alerts"
    min_tier: urgent
    feeds: [nobody]
treshold: {}
thresholds: {default: 1.5}
"""
    ) == [
        'f.yaml:4: feeds[0].url: found "ftp://example.org"; allowed: an address that begins with http:// or https://',
        (
            "f.yaml:5: feeds[0].interval: found the number 90; "
            "allowed: a duration: a number and a unit, such as 90s, 15m, 6h or 2d"
        ),
        "f.yaml:6: feeds[1].id: two feeds have the id `bbc`; each needs its own",
        'f.yaml:10: routes[0].min_tier: found "urgent"; allowed: watch, elevated, critical',
        "f.yaml:11: routes[0].feeds[0]: `nobody` is not the id of a feed under `feeds`",
        "f.yaml:12: treshold: unknown key `treshold`; did you mean `thresholds`?",
        "f.yaml:13: thresholds.default: found the number 1.5; allowed: a number from 0 to 1",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("group_wait: 3s", "f.yaml:1: group_wait: unknown key `group_wait` here; it belongs to `alerting.group_wait`"),
        ("store: {zzz: 1}", "f.yaml:1: store.zzz: unknown key `zzz`; the keys here are url"),
        (
            "thresholds: {signals: {troop_bildup: 0.5}}",
            "f.yaml:1: thresholds.signals.troop_bildup: unknown key `troop_bildup`; did you mean `troop_buildup`?",
        ),
        (
            "thresholds: {signals: {talks: true}}",
            "f.yaml:1: thresholds.signals.talks: found true; allowed: a number from 0 to 1",
        ),
        (
            "thresholds: {default: .nan}",
            "f.yaml:1: thresholds.default: found the number nan; allowed: a number from 0 to 1",
        ),
        (
            "routes:\n- channel: #alerts",
            (
                "f.yaml:2: routes[0].channel: found nothing; allowed: text that is not empty "
                '(a value that begins with # must stand in quotes: "#…")'
            ),
        ),
        (
            "routes:\n- name: x",
            "f.yaml:2: routes[0].channel: this key is missing; it takes text that is not empty",
        ),
        (
            "routes: [{channel: a, continue: maybe}]",
            'f.yaml:1: routes[0].continue: found "maybe"; allowed: true or false',
        ),
        (
            "routes: [{channel: a}, {channel: a}]",
            "f.yaml:1: routes[1]: two routes are called `a`; give each a `name` of its own",
        ),
        (
            "classifier: {languages: en}",
            (
                'f.yaml:1: classifier.languages: found "en"; allowed: a list, each of its elements text '
                "(write [one, two], or one to a line after `- `)"
            ),
        ),
        ("classifier: {model: 5}", "f.yaml:1: classifier.model: found the number 5; allowed: text (put it in quotes)"),
        (
            "classifier: {threads: 0}",
            "f.yaml:1: classifier.threads: found the number 0; allowed: a whole number from 1 to 64",
        ),
        (
            "classifier: {backend: transformers}",
            "f.yaml:1: classifier.backend: the backend `transformers` needs `classifier.model`: ",
        ),
        (
            "stories: {window: 6h, cooling_after: 7h}",
            "f.yaml:1: stories.cooling_after: 7h is longer than `stories.window`, which is 6h",
        ),
        ("max_alert_age: 99999d", 'f.yaml:1: max_alert_age: found "99999d"; a duration is at most 3650d'),
        ("max_alert_age: 0s", 'f.yaml:1: max_alert_age: found "0s"; this must be longer than 0s'),
        ("- a", "f.yaml:1: found a list; allowed: a block of these keys: "),
        ("hello", "f.yaml:1: found a single value; allowed: a block of these keys: "),
    ],
)
def test_messages_are_in_plain_words(text: str, expected: str) -> None:
    (found,) = problems(text)
    assert found.startswith(expected)


def test_a_mistake_across_blocks_is_told_beside_a_mistake_inside_one() -> None:
    assert len(problems("feeds: [{id: a, url: http://x}, {id: a, url: 5}]")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "slack: {token: [SECRET]}",
        "slack: {token: {a: SECRET}}",
        "slack: SECRET",
        "slack: {tokken: SECRET}",
        "slack: {SECRET: 1}",
        "token: SECRET",
        "SECRET",
        "SECRET: 1",
        "a: *SECRET",
        "slack: {token: SECRET, token: SECRET}",
        "slack:\n  token: SECRET\n base_url: x",
        "slack:\n  token: 'SECRET",
        "routes: [{channel: 'a', min_tier: SECRET}]",
        "feeds: [{id: SECRET, url: 'ftp://u:SECRET@x/?key=SECRET'}]",
        "store: SECRET",
        "store: {url: [SECRET]}",
    ],
)
def test_a_token_is_never_printed(text: str) -> None:
    assert SECRET not in "".join(problems(text.replace("SECRET", SECRET)))


@pytest.mark.parametrize("text", ["store: hunter22", "slack: hunter22", "slack: {token: {hunter22: hunter22}}"])
def test_no_value_in_the_place_of_a_secret_is_printed(text: str) -> None:
    found = problems(text)
    assert "hunter22" not in "".join(found)
    assert "•••" in found[0] or "a block of keys" in found[0]


def test_password_of_an_address_is_hidden_and_the_rest_is_told() -> None:
    (found,) = problems("feeds: [{id: a, url: 'gopher://ann:hunter22@example.org/x?key=hunter22'}]")
    assert "hunter22" not in found
    assert "gopher://•••@example.org/x?•••" in found


def test_control_characters_of_a_value_are_escaped_in_messages() -> None:
    (found,) = problems('routes: [{channel: a, min_tier: "\\e[31mred\\n"}]')
    assert "\x1b" not in found
    assert "\\x1b[31mred\\n" in found


def test_empty_file_and_empty_blocks_mean_the_defaults() -> None:
    assert parse("") == Settings()
    assert parse("feeds:\nslack:\nroutes:\nthresholds: {signals: }\n") == Settings()


def test_values_arrive() -> None:
    read = parse(
        """
state_dir: /tmp/somewhere
max_alert_age: 2h
feeds: [{id: a, url: "http://127.0.0.1:1/x", family: f, interval: 2s, allow_private: true}]
slack: {token: xoxb-1, base_url: "http://127.0.0.1:9/api/"}
routes: [{channel: "#x", continue: true, thresholds: {default: 0.4}}]
alerting: {group_wait: 1.5s}
thresholds: {default: 0.7, signals: {talks: 0.9}}
classifier: {backend: transformers, model: some/model}
"""
    )
    assert read.feeds[0].interval == timedelta(seconds=2)
    assert read.alerting.group_wait == timedelta(seconds=1.5)
    assert read.routes[0].continue_
    assert read.slack.token is not None
    assert read.slack.token.get_secret_value() == "xoxb-1"
    assert "xoxb" not in repr(read)


def test_relative_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("state_dir: state\nslack: {token_file: /run/token}\n")
    read = load(file)
    assert read.state_dir == tmp_path / "state"
    assert read.slack.token_file == Path("/run/token")


def test_the_packaged_default_takes_its_channel_from_the_environment() -> None:
    assert [route.channel for route in load(None, {CHANNEL_VARIABLE: "#trial"}).routes] == ["#trial"]
    assert [route.channel for route in load(None, {}).routes] == ["#alerts"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    assert [str(p) for p in check(missing)] == [f"{missing}: cannot be read: No such file or directory"]
    assert "Is a directory" in str(check(tmp_path)[0])
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert [str(p) for p in check(latin)] == [f"{latin}:2: a character that is not UTF-8; save the file as UTF-8"]


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_bytes(b"\xef\xbb\xbfmax_alert_age: 1h\r\n")
    assert check(file) == []


_words = st.sampled_from(
    [
        *Settings.model_fields,
        "token",
        "url",
        "id",
        "channel",
        "signals",
        "talks",
        "default",
        "6h",
        "<<",
        "xoxb-",
        SECRET,
    ]
)
_scalars = st.one_of(_words, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_words, inner, max_size=4)),
    max_leaves=12,
)


def _flow(value: object) -> str:
    """The value as YAML that was written carelessly: nothing is quoted that need not be."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return "" if value is None else str(value)


def _outcome(text: str) -> str:
    """All messages for a text, or none. Any exception but ConfigError is a failure."""
    try:
        parse(text)
    except ConfigError as error:
        return "\n".join(map(str, error.problems)) + str(error)
    return ""


@given(st.text(max_size=60))
@example("%YAML 1.1\n---\na: 1:30\n")
@example("a: !!int x")
@example("? a\n? b")
@example("a: &x b\n*x : c")
@example("<<: [1]")
@settings(max_examples=150)
def test_any_text_gives_settings_or_a_config_error(text: str) -> None:
    _outcome(text)


@given(_values)
@settings(max_examples=200)
def test_any_structure_gives_settings_or_a_config_error_and_keeps_the_token(value: object) -> None:
    assert SECRET not in _outcome(_flow(value))


@given(st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=150)
def test_a_token_in_any_surroundings_is_never_printed(before: str, after: str) -> None:
    assert SECRET not in _outcome(before + SECRET + after)
    assert SECRET not in _outcome(f"slack:\n  token: {before}{SECRET}{after}\n  x: 1\n")
