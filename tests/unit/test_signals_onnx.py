import time
from random import Random

import numpy as np
import pytest

from brinkwatch.items.item import ItemText
from brinkwatch.signals.assessment import Evidence
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.signals.encoder import MAX_ALONE, Encoder
from brinkwatch.signals.onnx import open_classifier
from brinkwatch.signals.windows import MAX_WINDOWS
from fakes.models import KEYWORDS, keyword_model

SURE = 0.982014
QUIET = "The weather was fine in the valley today and ministers met quietly."


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return open_classifier(keyword_model(tmp_path_factory.mktemp("model")), threads=2)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    directory = keyword_model(tmp_path_factory.mktemp("model"))
    return Encoder.load(directory, 32)


def one(classifier, title, summary="", **kwargs):
    (assessment,) = classifier.assess([ItemText(title, summary)], **kwargs)
    return assessment


def test_every_signal_and_root_has_a_probability(classifier):
    found = one(classifier, "Ministers met quietly in the town")
    assert tuple(found.signals) == SIGNALS
    assert tuple(found.plover) == PLOVER_ROOTS
    assert found.flagged == ()
    assert found.evidence == ()
    assert found.direction == "none"
    assert (found.language, found.supported, found.model) == ("en", True, "keywords 1.0")


def test_a_signal_in_the_title_is_flagged(classifier):
    found = one(classifier, "The town was shelled today")
    assert found.flagged == (Signal.ARMED_ATTACK,)
    assert found.signals[Signal.ARMED_ATTACK] == SURE
    assert max(found.plover, key=lambda root: found.plover[root]) == "ASSAULT"
    assert found.evidence == (Evidence("The town was shelled today", Signal.ARMED_ATTACK, SURE),)


def test_both_directions_make_a_mixed_item(classifier):
    found = one(classifier, "The ministers met", "The town was shelled. A truce was said to be near.")
    assert found.flagged == (Signal.ARMED_ATTACK, Signal.CEASEFIRE)
    assert found.direction == "mixed"


def test_evidence_is_the_sentence_itself(classifier):
    summary = f'{QUIET} Then, said the minister, "the tanks met   today." {QUIET}'
    found = one(classifier, "The ministers met in the valley", summary)
    assert [evidence.sentence for evidence in found.evidence] == ['Then, said the minister, "the tanks met   today."']
    assert found.evidence[0].sentence in summary


def test_of_equal_sentences_the_earlier_is_the_evidence(classifier):
    found = one(
        classifier, "The weather was fine", "The truce was fine. A truce was fine. Today the truce was quietly."
    )
    assert found.evidence == (Evidence("The truce was fine.", Signal.CEASEFIRE, SURE),)


def test_a_sentence_flagged_by_itself_says_more_than_the_title(classifier):
    found = one(classifier, "Today a truce was met", "The truce was said to be fine.")
    assert found.evidence[0].sentence == "The truce was said to be fine."


@pytest.mark.parametrize("before", [20, 60, 200])
def test_a_signal_after_the_600th_token_is_found(classifier, encoder, before):
    article = " ".join([QUIET] * before + ["The valley was shelled today."] + [QUIET] * 20)
    found = one(classifier, "Ministers met in the valley", article)
    tokens_before = len(encoder._backend.encode(" ".join([QUIET] * before), add_special_tokens=False).ids)
    assert tokens_before > (600 if before >= 60 else 200)
    assert found.flagged == (Signal.ARMED_ATTACK,)
    assert found.evidence[0].sentence == "The valley was shelled today."


def test_a_signal_after_the_600th_token_of_one_sentence_is_found(classifier):
    endless = ("the weather was fine and " * 150) + "the town was shelled " + ("and the weather was fine " * 150)
    found = one(classifier, "Ministers met in the town", endless.strip() + ".")
    assert found.flagged == (Signal.ARMED_ATTACK,)
    assert found.evidence[0].sentence == endless.strip() + "."


def test_a_signal_at_the_end_of_an_endless_title_is_found(classifier):
    title = "The weather was fine " * 60 + "and the town was shelled"
    assert one(classifier, title).flagged == (Signal.ARMED_ATTACK,)
    assert one(classifier, title, "The ministers met.").flagged == (Signal.ARMED_ATTACK,)


def test_every_token_of_a_long_text_is_read_behind_the_title_and_by_itself(encoder):
    reading = encoder.read(ItemText("Tanks met", " ".join([QUIET] * 30)))
    start = encoder.read(ItemText("Tanks met", "")).windows[0][0][:-1].tolist()
    behind = [window[0][: len(start)].tolist() == start for window in reading.windows]
    spans = {True: [], False: []}
    for with_title, span in zip(behind, reading.window_spans, strict=True):
        if span is not None:  # the title by itself
            spans[with_title].append(span)
    assert reading.window_spans.count(None) == 1
    assert set(spans[False]) == set(reading.sentence_spans)
    tokens = reading.sentence_spans[-1][1]
    for each in spans.values():
        assert len(each) > 5
        assert {token for since, till in each for token in range(since, till)} == set(range(tokens))
    assert all(window.shape[1] <= 32 for window in reading.windows)


def test_a_summary_of_some_sentences_is_read_by_sentences_as_well_though_it_fits_a_window(tmp_path):
    roomy = Encoder.load(keyword_model(tmp_path), 512)
    summary = " ".join([QUIET] * 8)
    reading = roomy.read(ItemText("Tanks met", summary))
    assert len(reading.windows) == 2 + 8


def test_a_short_text_is_read_once(encoder):
    assert len(encoder.read(ItemText("Tanks met", QUIET)).windows) == 1


def test_one_window_is_what_the_tokenizer_makes_of_the_pair(encoder, tmp_path):
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(keyword_model(tmp_path))
    for title, summary in [
        ("Ministers met", "The tanks met. Fine!"),
        ("Tanks, met", ""),
        ("A", 'the "truce"... was. A'),
    ]:
        expected = tokenizer(title, summary) if summary else tokenizer(title)
        (window,) = encoder.read(ItemText(title, summary)).windows
        assert window[0].tolist() == expected["input_ids"]
        assert encoder.first(ItemText(title, summary))[0].tolist() == expected["input_ids"]


def test_the_answer_depends_neither_on_batch_nor_on_order(classifier):
    random = Random(5)
    words = [*KEYWORDS, "the", "weather", "was", "fine", "ministers", "met", "quietly", "today", "in"]
    texts = [
        ItemText(
            " ".join(random.choices(words[6:], k=random.randint(1, 9))),
            " ".join(
                " ".join(random.choices(words, k=random.randint(3, 12))) + "." for _ in range(random.randint(0, 9))
            ),
        )
        for _ in range(40)
    ]
    alone = [classifier.assess([text])[0] for text in texts]
    assert sum(bool(found.flagged) for found in alone) > 10
    for size in (1, 3, 7, 40):
        order = random.sample(range(40), 40)
        shuffled = []
        for start in range(0, 40, size):
            shuffled += classifier.assess([texts[number] for number in order[start : start + size]])
        assert [shuffled[order.index(number)] for number in range(40)] == alone


def test_no_items_no_answers(classifier):
    assert classifier.assess([]) == []


def test_an_unsupported_language_is_not_read(classifier):
    german = "Die Minister haben sich gestern Abend in der Hauptstadt getroffen und lange über den Frieden gesprochen"
    found, english = classifier.assess([ItemText(german, "shelled"), ItemText("The town was shelled", "")])
    assert (found.supported, found.language, found.flagged, found.evidence) == (False, "de", (), ())
    assert set(found.signals) == set(SIGNALS)
    assert set(found.signals.values()) == set(found.plover.values()) == {0.0}
    assert english.flagged == (Signal.ARMED_ATTACK,)


def test_the_feeds_word_on_the_language_beats_detection(classifier):
    texts = [ItemText("The town was shelled", "")] * 3
    english, french, detected = classifier.assess(texts, ["en", "fr", None])
    assert english.flagged == detected.flagged == (Signal.ARMED_ATTACK,)
    assert (french.supported, french.language) == (False, "fr")


def test_lower_thresholds_flag_more_and_come_with_evidence(classifier):
    low = dict.fromkeys(SIGNALS, 0.001)
    found = one(classifier, "Ministers met", "The weather was fine.", thresholds=low)
    assert found.flagged == SIGNALS
    assert {evidence.signal for evidence in found.evidence} == set(SIGNALS)
    assert one(classifier, "The town was shelled", thresholds=dict.fromkeys(SIGNALS, 0.99)).flagged == ()


def test_an_empty_item_is_answered(classifier):
    for text in (ItemText("", ""), ItemText("", "The town was shelled."), ItemText(" ", "\n")):
        (found,) = classifier.assess([text])
        assert len(found.signals) == 18
    assert one(classifier, "", "The town was shelled.").evidence[0].sentence == "The town was shelled."


@pytest.mark.parametrize("text", ["shelled " * 12_500, "a" * 100_000, "(" * 100_000, "Met. " * 20_000])
def test_a_hundred_thousand_characters_are_read_in_bounded_time(classifier, encoder, text):
    started = time.perf_counter()
    reading = encoder.read(ItemText("Ministers met", text))
    one(classifier, "Ministers met", text)
    assert len(reading.windows) <= MAX_WINDOWS + MAX_ALONE
    assert time.perf_counter() - started < 10


def test_a_second_thread_changes_no_bit(tmp_path):
    directory = keyword_model(tmp_path)
    texts = [ItemText(f"Ministers met {word}", f"{QUIET} The {word} was fine. " * 9) for word in KEYWORDS]
    assert open_classifier(directory, threads=1).assess(texts) == open_classifier(directory, threads=3).assess(texts)


def test_rows_of_the_embedder_have_unit_length_and_do_not_depend_on_the_batch(tmp_path):
    from brinkwatch.signals.embedder import OnnxEmbedder

    embedder = OnnxEmbedder(keyword_model(tmp_path))
    texts = [ItemText("Tanks met", QUIET * 20), ItemText("Ministers met", ""), ItemText("", "")]
    rows = embedder.embed(texts)
    assert rows.shape == (3, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert all(np.array_equal(embedder.embed([text])[0], row) for text, row in zip(texts, rows, strict=True))
    assert embedder.embed([]).shape == (0, 384)
