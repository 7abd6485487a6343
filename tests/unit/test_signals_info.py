import pytest

from brinkwatch.config.settings import Settings
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.signals.classifier import ModelError
from brinkwatch.signals.info import describe_model
from fakes.models import keyword_model


def test_the_card_is_told_signal_by_signal(tmp_path):
    settings = Settings.model_validate(
        {"classifier": {"model": str(keyword_model(tmp_path))}, "thresholds": {"signals": {"talks": 0.9}}}
    )
    info = describe_model(settings)
    assert (info.name, info.version, info.base, info.backend, info.max_tokens) == (
        "keywords",
        "1.0",
        "none",
        "onnx",
        32,
    )
    assert [row.signal for row in info.rows] == list(SIGNALS)
    talks = next(row for row in info.rows if row.signal is Signal.TALKS)
    assert (talks.label, talks.a, talks.b, talks.base_rate) == ("Talks", 1.0, 0.0, 0.05)
    assert (talks.model_threshold, talks.threshold) == (0.5, 0.9)
    assert set(info.files) == {"signals.onnx", "embedding.onnx", "tokenizer.json", "tokenizer_config.json"}


def test_a_hub_model_has_no_card(tmp_path):
    info = describe_model(Settings.model_validate({"classifier": {"backend": "transformers", "model": "some/model"}}))
    assert (info.name, info.backend, info.rows, info.max_tokens) == ("some/model", "transformers", (), None)


def test_a_model_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="does not exist"):
        describe_model(Settings.model_validate({"classifier": {"model": str(tmp_path / "none")}}))
