"""The transformers backend on real, tiny, random models made here: both kinds, by the real pipeline."""

import sys
from pathlib import Path

import pytest

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.items.item import ItemText
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal
from brinkwatch.signals.classifier import ModelError
from brinkwatch.signals.labels import HYPOTHESES
from brinkwatch.signals.load import load_classifier
from fakes.models import tokenizer

QUIET = "The weather was fine in the valley today and ministers met quietly."


def tiny_model(directory: Path, labels: list[str], positions: int = 96, **config: object) -> Path:
    """A BERT of two layers with random weights (the same ones every time) and these labels."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    vocabulary = tokenizer(directory)
    torch.manual_seed(3)
    made = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=positions,
            initializer_range=0.6,
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
            **config,
        )
    )
    made.save_pretrained(directory)
    return directory


def settings(directory: Path | str, **more: object) -> ClassifierSettings:
    return ClassifierSettings.model_validate({"backend": "transformers", "model": str(directory), "threads": 1, **more})


def refused(found: ClassifierSettings) -> str:
    with pytest.raises(ModelError) as caught:
        load_classifier(found)
    return str(caught.value)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A multi-label model with labels of its own, some of them named like signals and roots."""
    directory = tmp_path_factory.mktemp("labelled")
    labels = ["Armed attack", "talks", "peace", "THREATEN", "sport"]
    return tiny_model(directory, labels, problem_type="multi_label_classification")


@pytest.fixture(scope="module")
def nli(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("nli"), ["contradiction", "neutral", "entailment"], positions=256)


def test_labels_named_like_signals_are_mapped_by_themselves(labelled):
    classifier = load_classifier(settings(labelled))
    (found,) = classifier.assess([ItemText("The town was shelled today", "Ministers met.")])
    assert tuple(found.signals) == SIGNALS
    assert tuple(found.plover) == PLOVER_ROOTS
    known = {signal for signal, probability in found.signals.items() if probability > 0}
    assert known == {Signal.ARMED_ATTACK, Signal.TALKS}
    assert {root for root, probability in found.plover.items() if probability > 0} == {"THREATEN"}
    assert found.model == str(labelled)
    assert set(classifier.thresholds.values()) == {0.5}


def test_probabilities_are_those_of_the_pipeline(labelled):
    from transformers import pipeline

    classifier = load_classifier(settings(labelled))
    answers = pipeline("text-classification", model=str(labelled))("The town was shelled today", top_k=None)
    expected = {answer["label"]: answer["score"] for answer in answers}
    (found,) = classifier.assess([ItemText("The town was shelled today", "")])
    assert found.signals[Signal.ARMED_ATTACK] == pytest.approx(expected["Armed attack"], abs=1e-5)
    assert found.signals[Signal.TALKS] == pytest.approx(expected["talks"], abs=1e-5)


def test_configured_labels_decide_and_the_highest_counts(labelled):
    mapping = {"peace": "ceasefire", "talks": "ceasefire", "sport": "withdrawal"}
    (found,) = load_classifier(settings(labelled, labels=mapping)).assess([ItemText("Ministers met today", "")])
    (plain,) = load_classifier(settings(labelled, labels={"peace": "talks"})).assess(
        [ItemText("Ministers met today", "")]
    )
    assert {signal for signal, p in found.signals.items() if p > 0} == {Signal.CEASEFIRE, Signal.WITHDRAWAL}
    assert found.signals[Signal.CEASEFIRE] >= plain.signals[Signal.TALKS]


def test_a_label_the_model_lacks_is_refused_with_those_it_has(labelled):
    message = refused(settings(labelled, labels={"war": "armed_attack"}))
    assert "classifier.labels names 'war'" in message
    assert "Armed attack, THREATEN, peace, sport, talks" in message


def test_a_model_whose_labels_mean_nothing_here_is_refused(tmp_path):
    message = refused(settings(tiny_model(tmp_path, ["LABEL_0", "LABEL_1"])))
    assert "none of the model's labels is a signal" in message
    assert "LABEL_0, LABEL_1" in message


def test_a_zero_shot_model_judges_a_hypothesis_per_signal(nli):
    from transformers import pipeline

    (found,) = load_classifier(settings(nli)).assess([ItemText("The town was shelled today", "")])
    answer = pipeline("zero-shot-classification", model=str(nli))(
        "The town was shelled today",
        candidate_labels=[HYPOTHESES[Signal.ARMED_ATTACK], HYPOTHESES[Signal.TALKS]],
        hypothesis_template="{}",
        multi_label=True,
    )
    expected = dict(zip(answer["labels"], answer["scores"], strict=True))
    assert len(set(found.signals.values())) > 9
    assert found.signals[Signal.ARMED_ATTACK] == pytest.approx(expected[HYPOTHESES[Signal.ARMED_ATTACK]], abs=1e-5)
    assert found.signals[Signal.TALKS] == pytest.approx(expected[HYPOTHESES[Signal.TALKS]], abs=1e-5)
    assert set(found.plover.values()) == {0.0}


def test_configured_hypotheses_replace_the_defaults(nli):
    same = dict.fromkeys(SIGNALS, "Ministers met quietly.")
    (found,) = load_classifier(settings(nli, hypotheses=same)).assess([ItemText("The town was shelled today", "")])
    assert len(set(found.signals.values())) == 1


@pytest.mark.parametrize("kind", ["labelled", "nli"])
def test_a_long_article_is_read_to_its_end_with_evidence(kind, request):
    classifier = load_classifier(settings(request.getfixturevalue(kind)))
    end = "The tanks shelled the embargo truce!"
    item = ItemText("Ministers met", " ".join([QUIET] * 20 + [end]))
    windows = classifier.reader.read(item).windows
    assert len(windows) > 2
    assert windows[-1].endswith(end)
    assert all(window.startswith("Ministers met. ") for window in windows)
    each, _ = classifier.reader.score(windows)
    (found,) = classifier.assess([item], thresholds=dict.fromkeys(SIGNALS, 0.001))
    assert list(found.signals.values()) == pytest.approx(list(each.max(axis=0)), abs=1e-6)
    known = {signal for signal, probability in found.signals.items() if probability >= 0.001}
    assert len(known) >= 2
    assert {evidence.signal for evidence in found.evidence} == known
    assert {evidence.sentence for evidence in found.evidence} <= {"Ministers met", QUIET, end}


def test_the_answer_depends_neither_on_batch_nor_on_order(labelled):
    classifier = load_classifier(settings(labelled))
    texts = [
        ItemText(f"Ministers met {word}", f"{QUIET} " * number)
        for number, word in enumerate(("tanks", "truce", "parley"))
    ]
    alone = [classifier.assess([text])[0] for text in texts]
    assert classifier.assess(texts) == alone
    assert classifier.assess(texts[::-1]) == alone[::-1]


def test_languages_are_those_of_the_settings(labelled):
    german = ItemText("Die Minister haben sich gestern in der Hauptstadt getroffen", "")
    assert not load_classifier(settings(labelled)).assess([german])[0].supported
    assert load_classifier(settings(labelled, languages=["de"])).assess([german])[0].supported
    assert load_classifier(settings(labelled, languages=["*"])).assess([german])[0].language == "de"


def test_text_without_spaces_is_cut_too(labelled):
    classifier = load_classifier(settings(labelled, languages=["*"]))
    (found,) = classifier.assess([ItemText("部长会晤", "天气很好" * 80)])
    assert len(found.signals) == 18


def test_a_model_without_room_for_a_hypothesis_is_refused(tmp_path):
    model = tiny_model(tmp_path, ["entailment", "not_entailment"], positions=64)
    assert "takes too few tokens at once" in refused(settings(model))


def test_a_missing_directory_is_refused_without_asking_the_hub(tmp_path):
    message = refused(settings(tmp_path / "nowhere"))
    assert "nowhere" in message
    assert "classifier.offline is true, so it must be on this machine" in message


def test_a_hub_name_is_not_fetched_offline():
    assert "cannot be loaded; classifier.offline is true" in refused(settings("brinkwatch/no-such-model"))


def test_a_damaged_model_is_refused(tmp_path):
    directory = tiny_model(tmp_path, ["talks", "sport"])
    (directory / "model.safetensors").write_bytes(b"short")
    assert "cannot be loaded" in refused(settings(directory))


def test_a_backend_without_a_model_is_refused():
    assert "classifier.model must name" in refused(ClassifierSettings(backend="transformers"))


def test_without_torch_the_extra_is_named(labelled, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "pip install 'brinkwatch[torch]'" in refused(settings(labelled))
