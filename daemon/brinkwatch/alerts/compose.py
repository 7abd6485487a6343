"""Composes the card: which report leads, what is said of confidence and of what changed. Pure."""

from collections.abc import Mapping

from brinkwatch.alerts.card import Card, CardSignal, CardSource, rfc3339
from brinkwatch.alerts.decision import Reason, Sent
from brinkwatch.alerts.summary import summarize, tell_most
from brinkwatch.config.alerting import Route
from brinkwatch.signals.assessment import Evidence
from brinkwatch.signals.catalogue import DE_ESCALATION, INFO, Signal
from brinkwatch.stories.story import Member, Story, Tier

MAX_SOURCES = 6
EASING = 0.5
_SAID = {
    Reason.DEESCALATED: "easing",
    Reason.REOPENED: "reported again after it was over",
    Reason.REPEAT: "still going on",
    Reason.COOLING: "cooling: nothing new for a while",
    Reason.CLOSED: "closed: nothing new for so long that it counts as over",
}


def confidence(story: Story) -> str:
    """Number of independent publishers, in words. What states' media say, however many, is one side's claim."""
    independent = len({member.family for member in story.reports if not member.state_affiliated})
    claimed = any(member.state_affiliated for member in story.reports)
    if not independent and claimed:
        return (
            "1 publisher, state-affiliated, unverified" if len(story.reports) == 1 else "state media alone, unverified"
        )
    words = "1 publisher, unverified" if independent <= 1 else f"{independent} independent publishers"
    return f"{words}, and state media" if claimed else words


def lead(story: Story) -> Member:
    """The member that speaks for the story: the most of its signals, most surely, with a text to quote; else the
    earliest."""

    def worth(member: Member) -> tuple[bool, float, bool, float]:
        return (
            not member.state_affiliated,
            round(sum(member.signals.values()), 1),
            bool(member.summary),
            -member.published.timestamp(),
        )

    return max(story.reports or story.members, key=worth)


def newest(story: Story) -> Member:
    """The flagged member that came last."""
    return story.newest or max(story.members, key=lambda member: (member.seen, member.published, member.item_id))


def changed(story: Story, reason: Reason, last: Sent | None) -> str:
    """What is new since people were last told, in words."""
    if last is None:
        return ""
    parts = []
    if story.tier > last.tier:
        parts.append(f"raised from {last.tier.word} to {story.tier.word}")
    new = [signal for signal in story.signals if signal not in last.signals]
    if new:
        parts.append("new: " + ", ".join(INFO[signal].label.lower() for signal in new))
    elif reason is Reason.NEW_SIGNAL and story.newest:
        parts.append("again: " + ", ".join(INFO[signal].label.lower() for signal in story.newest.signals))
    if len(story.families) > last.families:
        parts.append(f"now {len(story.families)} independent publishers")
    if last.parties is not None and (came := sorted(story.parties - last.parties)):
        parts.append("now also names " + ", ".join(_named(party) for party in came))
    gone = [signal for signal in Signal if signal in last.signals and signal not in story.signals]
    if reason is Reason.CORRECTED:
        parts.append("no longer reported: " + ", ".join(INFO[s].label.lower() for s in gone) if gone else "corrected")
    if reason in _SAID:
        parts.append(_SAID[reason])
    return "; ".join(parts)


def _named(party: str) -> str:
    """`state:ru` as `RU`, `group:al-qaeda` as `al qaeda`."""
    kind, _, name = party.partition(":")
    return name.upper() if kind == "state" else name.replace("-", " ")


def compose(story: Story, reason: Reason, last: Sent | None, route: Route, *, about: Member | None = None) -> Card:
    """The card of a story as a route sees it; `about` is the report a reply is for (default: the lead)."""
    member = about or lead(story)
    others = [m for m in sorted(story.reports, key=lambda m: m.published) if m is not member]
    first_of_family: dict[str, Member] = {}
    for other in others:
        if other.family != member.family:
            first_of_family.setdefault(other.family, other)
    signals = member.signals if about is not None and member.signals else story.signals
    wanted = Tier.of(route.mention_tier)
    # An edit calls nobody; a reply does when the story has just become grave enough.
    unheard = last is None or (about is not None and last.tier < wanted)
    return Card(
        story=story.id,
        tier=story.tier.word,
        direction=story.direction,
        state=story.state.value,
        headline=member.title,
        link=member.link,
        publisher=member.publisher,
        published=rfc3339(member.published),
        signals=tuple(CardSignal(s.value, INFO[s].label, round(signals[s], 3)) for s in Signal if s in signals),
        summary=summarize(member.summary, title=member.title, evidence=tell_most(_worth(member, signals))),
        evidence=_quotes(story, member) if about is None else _own_quotes(member),
        confidence=confidence(story),
        reason=reason.value,
        changed=changed(story, reason, last),
        sources=tuple(
            CardSource(m.publisher, m.title, m.link, rfc3339(m.published))
            for m in list(first_of_family.values())[:MAX_SOURCES]
        ),
        mentions=route.mentions if unheard and story.tier >= wanted else (),
    )


def _worth(member: Member, signals: Mapping[Signal, float]) -> dict[str, float]:
    """What each sentence of evidence is worth in a summary: what rises comes before what eases, the sure before the
    less sure."""
    worth: dict[str, float] = {}
    for evidence in member.evidence:
        if evidence.signal in signals and evidence.sentence != member.title:
            # As sure as the whole report is: a sentence by itself, cut from what is around it, seems less so.
            share = member.signals.get(evidence.signal, 0.0) * (EASING if evidence.signal in DE_ESCALATION else 1.0)
            worth[evidence.sentence] = worth.get(evidence.sentence, 0.0) + share
    return worth


def _own_quotes(member: Member) -> tuple[str, ...]:
    """One sentence per signal of the member: a reply speaks of one report alone."""
    by_signal = {
        evidence.signal: evidence.sentence for evidence in member.evidence if evidence.signal in member.signals
    }
    return tuple(dict.fromkeys(by_signal[signal] for signal in member.signals if signal in by_signal))


def _quotes(story: Story, member: Member) -> tuple[str, ...]:
    """One sentence per signal of the story: the member's own where it has one, else the surest of the others."""
    best: dict[Signal, Evidence] = {}
    for other in story.members:
        for evidence in other.evidence:
            known = best.get(evidence.signal)
            if evidence.signal in other.signals and (known is None or evidence.probability > known.probability):
                best[evidence.signal] = evidence
    best |= {evidence.signal: evidence for evidence in member.evidence if evidence.signal in story.signals}
    return tuple(dict.fromkeys(best[signal].sentence for signal in story.signals if signal in best))
