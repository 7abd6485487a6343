"""The tree of routes, the budget and the clocks in YAML: what is taken, and the line that every mistake names."""

from datetime import timedelta

import pytest

from brinkwatch.alerts.routes import plant
from brinkwatch.config.alerting import Route
from brinkwatch.config.load import ConfigError, parse
from brinkwatch.engine.rules import Rules
from brinkwatch.signals.catalogue import SIGNALS
from brinkwatch.stories.story import Tier

FLAT = """
routes:
  - channel: "#strait"
    name: strait
    min_tier: watch
    signals: [blockade, incursion]
    directions: [escalation]
    thresholds: {signals: {incursion: 0.4}}
    continue: true
  - channel: "#alerts"
    mentions: ["<!here>"]
    mention_tier: critical
"""
TREE = """
routes:
  - channel: "#alerts"
    min_tier: watch
    group_interval: {watch: 6h}
    routes:
      - name: sea
        channel: "#sea"
        signals: [blockade]
        group_interval: {critical: 1m}
        routes:
          - name: strait
            min_tier: critical
            group_wait: 10s
            repeat_interval: 4h
"""
LANGUAGE = "a language code of two small letters, such as en"
UNSEEN = "the route above takes no story below `elevated`, so this one never sees any; lower `min_tier` there"


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_a_flat_list_of_routes_stays_valid_and_means_what_it_meant() -> None:
    strait, alerts = parse(FLAT).routes
    assert (strait.label, strait.continue_, strait.routes) == ("strait", True, ())
    assert plant((strait, alerts))[0].route is strait
    assert alerts.min_tier == "elevated"


def test_a_route_in_a_route_has_what_it_does_not_say_from_above() -> None:
    rules = Rules(parse(TREE), dict.fromkeys(SIGNALS, 0.5))
    alerts, sea, strait = rules.routes
    assert [route.channel for route in rules.routes] == ["#alerts", "#sea", "#sea"]
    assert [route.min_tier for route in rules.routes] == ["watch", "watch", "critical"]
    intervals = rules.policy(strait).group_interval
    assert intervals == {
        Tier.WATCH: timedelta(hours=6), Tier.ELEVATED: timedelta(minutes=30), Tier.CRITICAL: timedelta(minutes=1),
    }  # fmt: skip
    assert (rules.policy(sea).group_wait, rules.policy(strait).group_wait) == (
        timedelta(seconds=90), timedelta(seconds=10),
    )  # fmt: skip
    assert (rules.policy(alerts).repeat_interval, rules.policy(strait).repeat_interval) == (None, timedelta(hours=4))


def test_a_route_in_a_route_may_have_a_threshold_that_opens_stories() -> None:
    settings = parse("routes: [{channel: a, routes: [{name: b, thresholds: {signals: {talks: 0.1}}}]}]")
    assert Rules(settings, dict.fromkeys(SIGNALS, 0.5)).opening("wire")[SIGNALS[-3]] == 0.1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "routes:\n- channel: a\n  routes:\n  - signals: [talks]",
            "f.yaml:4: routes[0].routes[0]: two routes are called `a`; give each a `name` of its own",
        ),
        (
            "routes:\n- channel: a\n  routes:\n  - name: b\n    signal: [talks]",
            "f.yaml:5: routes[0].routes[0].signal: unknown key `signal`; did you mean `signals`?",
        ),
        (
            "routes:\n- channel: a\n  routes:\n  - name: b\n    min_tier: watch",
            "f.yaml:5: routes[0].routes[0].min_tier: " + UNSEEN,
        ),
        (
            "routes:\n- channel: a\n  routes:\n  - name: b\n    feeds: [nobody]",
            "f.yaml:5: routes[0].routes[0].feeds[0]: `nobody` is not the id of a feed under `feeds`",
        ),
        (
            "routes:\n- channel: a\n  languages: [english]",
            f'f.yaml:3: routes[0].languages[0]: found "english"; allowed: {LANGUAGE}',
        ),
        (
            "alerting: {budget: {per_hour: 1}}",
            "f.yaml:1: alerting.budget.per_hour: found the number 1; allowed: a whole number of at least 2",
        ),
        (
            "routes: [{channel: a}]\nalerting: {budget: {channels: {b: 5}}}",
            "f.yaml:2: alerting.budget.channels.b: no route tells `b`; write it as `routes` does",
        ),
        (
            "alerting: {state_notices: [new]}",
            'f.yaml:1: alerting.state_notices[0]: found "new"; allowed: cooling, closed',
        ),
        (
            "alerting: {repeat_interval: 0s}",
            'f.yaml:1: alerting.repeat_interval: found "0s"; this must be longer than 0s',
        ),
    ],
)
def test_each_mistake_names_its_line_and_what_mends_it(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_an_unknown_pack_is_told_with_those_there_are() -> None:
    (problem,) = problems("routes:\n- channel: a\n  packs: [moon]")
    assert problem.startswith(
        "f.yaml:3: routes[0].packs[0]: `moon` is no pack of the catalogue; they are world-wires, "
    )


def test_a_budget_may_be_none_and_differ_by_channel() -> None:
    budget = parse(
        'routes: [{channel: "#x"}]\nalerting: {budget: {per_hour: null, channels: {"#x": 5}}}'
    ).alerting.budget
    assert (budget.of("#x"), budget.of("#y")) == (5, None)


def test_the_label_of_a_route_is_its_name_or_its_channel() -> None:
    assert (Route(channel="#a").label, Route(channel="#a", name="b").label) == ("#a", "b")
