"""What a card says: who leads, what is quoted, what is claimed of confidence and of change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from brinkwatch.alerts.card import Card
from brinkwatch.alerts.compose import compose, confidence, newest
from brinkwatch.alerts.decide import snapshot
from brinkwatch.alerts.decision import Reason
from brinkwatch.config.settings import Route
from brinkwatch.signals.assessment import Evidence
from brinkwatch.signals.catalogue import Signal
from brinkwatch.stories.story import Member, Story, StoryState, Tier

NOW = datetime(2022, 1, 10, 9, 0, tzinfo=UTC)
ROUTE = Route(channel="#alerts", mentions=("<!here>",))


def member(number: int, signals: dict[Signal, float], family: str = "wire", **values: object) -> Member:
    title = f"Report {number}"
    evidence = tuple(Evidence(f"Sentence {number} on {signal.value}.", signal, p) for signal, p in signals.items())
    plain = Member(
        number, title, "", f"https://news.example/{number}", NOW + timedelta(minutes=number),
        NOW + timedelta(minutes=number), family, family, family.title(), signals, evidence,
    )  # fmt: skip
    return replace(plain, **values)  # type: ignore[arg-type]


def story(*members: Member, tier: Tier = Tier.ELEVATED) -> Story:
    return Story("s-1", NOW, NOW, StoryState.NEW, tier, members)


BUILDUP = member(1, {Signal.TROOP_BUILDUP: 0.9})
TALKS = member(2, {Signal.TALKS: 0.7}, "gazette")


def test_the_card_of_a_post_quotes_a_sentence_for_every_signal_of_the_story() -> None:
    card = compose(story(BUILDUP, TALKS), Reason.FIRST, None, ROUTE)
    assert card.headline == "Report 1"
    assert card.evidence == ("Sentence 1 on troop_buildup.", "Sentence 2 on talks.")
    assert [signal.name for signal in card.signals] == ["troop_buildup", "talks"]
    assert [source.publisher for source in card.sources] == ["Gazette"]
    assert card.direction == "mixed"


def test_a_reply_speaks_of_one_report_alone() -> None:
    view = story(BUILDUP, TALKS)
    card = compose(view, Reason.DEESCALATED, snapshot(story(BUILDUP), NOW), ROUTE, about=newest(view))
    assert card.headline == "Report 2"
    assert card.evidence == ("Sentence 2 on talks.",)
    assert card.changed == "new: talks; now 2 independent publishers; easing"


def test_one_of_several_state_publishers_does_not_lead() -> None:
    claim = member(3, {Signal.TROOP_BUILDUP: 0.99}, "agency", state_affiliated=True)
    assert compose(story(claim, BUILDUP), Reason.FIRST, None, ROUTE).headline == "Report 1"


def test_confidence_counts_publishers_and_says_who_is_partial() -> None:
    claim = member(3, {Signal.TROOP_BUILDUP: 0.99}, "agency", state_affiliated=True)
    assert confidence(story(BUILDUP)) == "1 publisher, unverified"
    assert confidence(story(claim)) == "1 publisher, state-affiliated, unverified"
    assert confidence(story(BUILDUP, replace(TALKS, family="wire"))) == "1 publisher, unverified"
    assert confidence(story(BUILDUP, TALKS, member(4, {}, "post"))) == "2 independent publishers"


def test_what_state_media_say_is_one_claim_and_no_independent_publisher() -> None:
    claims = [
        member(number, {Signal.TROOP_BUILDUP: 0.99}, name, state_affiliated=True)
        for number, name in ((3, "agency"), (4, "channel"))
    ]
    assert confidence(story(*claims)) == "state media alone, unverified"
    assert confidence(story(BUILDUP, *claims)) == "1 publisher, unverified, and state media"
    assert confidence(story(BUILDUP, TALKS, *claims)) == "2 independent publishers, and state media"
    assert len(story(BUILDUP, TALKS, *claims).families) == 3


def test_people_are_called_once_when_the_story_is_grave_enough() -> None:
    critical, elevated = story(BUILDUP, tier=Tier.CRITICAL), story(BUILDUP)
    assert compose(critical, Reason.FIRST, None, ROUTE).mentions == ("<!here>",)
    assert compose(elevated, Reason.FIRST, None, ROUTE).mentions == ()
    rise = {"last": snapshot(elevated, NOW), "route": ROUTE}
    assert compose(critical, Reason.TIER_UP, about=BUILDUP, **rise).mentions == ("<!here>",)  # type: ignore[arg-type]
    assert compose(critical, Reason.TIER_UP, **rise).mentions == ()  # type: ignore[arg-type]
    known = snapshot(critical, NOW)
    assert compose(critical, Reason.NEW_SIGNAL, known, ROUTE, about=BUILDUP).mentions == ()


def test_a_rise_of_the_tier_is_said_in_words() -> None:
    before = snapshot(story(BUILDUP), NOW)
    card = compose(story(BUILDUP, tier=Tier.CRITICAL), Reason.TIER_UP, before, ROUTE)
    assert card.changed == "raised from elevated to critical"


def test_a_card_comes_back_from_the_outbox_as_it_went_in() -> None:
    card = compose(story(BUILDUP, TALKS), Reason.FIRST, None, ROUTE)
    assert Card.from_json(card.to_json()) == card


def test_the_summary_names_what_rises_before_what_eases() -> None:
    sentences = {
        Signal.TALKS: "The two presidents spoke by telephone for an hour, " + "at some length, " * 8 + "on Thursday.",
        Signal.SANCTIONS_THREAT: "Harsh sanctions are ready, " + "officials said, " * 11 + "if troops cross.",
        Signal.TROOP_BUILDUP: "Troops have massed near the border for weeks.",
    }
    article = replace(
        member(1, {Signal.TALKS: 0.93, Signal.SANCTIONS_THREAT: 0.83, Signal.TROOP_BUILDUP: 0.52}),
        summary=" ".join(sentences.values()),
        evidence=tuple(Evidence(sentence, signal, 0.45) for signal, sentence in sentences.items()),
    )
    summary = compose(story(article), Reason.FIRST, None, ROUTE).summary
    assert summary == f"{sentences[Signal.SANCTIONS_THREAT]} {sentences[Signal.TROOP_BUILDUP]}"
