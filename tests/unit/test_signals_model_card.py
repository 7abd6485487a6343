import pytest

from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.signals.classifier import ModelError
from brinkwatch.signals.embedder import OnnxEmbedder
from brinkwatch.signals.model_card import read_card
from brinkwatch.signals.onnx import open_classifier
from fakes.models import keyword_model, replace_file


def refused(directory) -> str:
    with pytest.raises(ModelError) as caught:
        open_classifier(directory)
    return str(caught.value)


def test_a_whole_directory_is_read(tmp_path):
    assert read_card(keyword_model(tmp_path)).title == "keywords 1.0"


def test_a_missing_directory_is_named(tmp_path):
    assert refused(tmp_path / "nowhere") == f"model directory {tmp_path / 'nowhere'} does not exist"


def test_a_missing_card_is_named(tmp_path):
    assert refused(tmp_path) == f"model directory {tmp_path} has no model.json"


@pytest.mark.parametrize("name", ["signals.onnx", "tokenizer.json", "tokenizer_config.json"])
def test_a_missing_file_is_named(tmp_path, name):
    (keyword_model(tmp_path) / name).unlink()
    assert refused(tmp_path) == f"model directory {tmp_path} has no {name}"


def test_a_file_cut_short_is_noticed(tmp_path):
    weights = keyword_model(tmp_path) / "signals.onnx"
    weights.write_bytes(weights.read_bytes()[:-10])
    assert "signals.onnx is damaged or cut short" in refused(tmp_path)


def test_a_file_without_hash_is_not_trusted(tmp_path):
    assert "gives no sha256 for signals.onnx" in refused(keyword_model(tmp_path, files={}))


def test_another_format_is_refused_by_number(tmp_path):
    assert "has format 2; this version of Brinkwatch reads format 1" in refused(keyword_model(tmp_path, format=2))


@pytest.mark.parametrize("text", ["{", "not json", '{"format": NaN', "\udcff"])
def test_a_card_that_is_not_json_is_refused(tmp_path, text):
    (keyword_model(tmp_path) / "model.json").write_bytes(text.encode(errors="surrogateescape"))
    assert "model.json is not JSON" in refused(tmp_path)


def test_a_card_that_is_no_object_is_refused(tmp_path):
    (keyword_model(tmp_path) / "model.json").write_text("[1]")
    assert "model.json is not a JSON object" in refused(tmp_path)


def test_another_catalogue_is_refused(tmp_path):
    assert "`signals` must be the 18 of the catalogue" in refused(keyword_model(tmp_path, signals=["a"]))


def test_a_signal_without_threshold_is_named(tmp_path):
    thresholds = {signal: 0.5 for signal in SIGNALS if signal is not Signal.BLOCKADE}
    assert "`thresholds` lacks blockade" in refused(keyword_model(tmp_path, thresholds=thresholds))


@pytest.mark.parametrize("wrong", [{"a": 0.0, "b": 0.0}, {"a": -1.0, "b": 0.0}, {"b": 0.0}, {"a": "x", "b": 0.0}])
def test_a_calibration_that_is_no_rising_line_is_refused(tmp_path, wrong):
    calibration = {signal: {"a": 1.0, "b": 0.0} for signal in SIGNALS} | {Signal.TALKS: wrong}
    assert "calibration.talks" in refused(keyword_model(tmp_path, calibration=calibration))


def test_a_missing_output_is_named(tmp_path):
    directory = keyword_model(tmp_path)
    replace_file(directory, "signals.onnx", (directory / "embedding.onnx").read_bytes())
    assert "gives ['embedding']; the output signals is missing" in refused(directory)


def test_the_wrong_number_of_outputs_is_refused(tmp_path):
    directory = keyword_model(tmp_path, width=17)
    assert "the output signals has shape [17]; expected 18 numbers an item" in refused(directory)


def test_weights_that_are_no_onnx_are_refused(tmp_path):
    directory = replace_file(keyword_model(tmp_path), "signals.onnx", b"not a model")
    assert "signals.onnx cannot be loaded by onnxruntime" in refused(directory)


def test_a_tokenizer_that_is_none_is_refused(tmp_path):
    directory = replace_file(keyword_model(tmp_path), "tokenizer.json", b"{}")
    assert f"the tokenizer in {directory} cannot be loaded" in refused(directory)


def test_the_embedder_checks_its_own_file(tmp_path):
    directory = keyword_model(tmp_path)
    (directory / "embedding.onnx").write_bytes(b"")
    open_classifier(directory)
    with pytest.raises(ModelError, match=r"embedding\.onnx is damaged or cut short"):
        OnnxEmbedder(directory)
