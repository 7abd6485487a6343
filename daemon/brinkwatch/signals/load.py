"""Opens the classifier and the embedder that the settings name. Imports their libraries no sooner."""

from pathlib import Path

from brinkwatch.config import settings as configuration
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.signals.session import quiet_environment


def bundled_model() -> Path:
    """The directory of the model that is part of the package."""
    return Path(__file__).with_name("model")


def load_classifier(settings: configuration.Classifier) -> Classifier:
    """The classifier that the settings name; raises ModelError."""
    quiet_environment(offline=settings.offline)
    if settings.backend == "transformers":
        from brinkwatch.signals.transformers_backend import open_classifier as open_transformers

        return open_transformers(settings)
    from brinkwatch.signals.onnx import open_classifier

    classifier: Classifier = open_classifier(model_directory(settings), settings.languages, settings.threads)
    return classifier


def load_embedder(settings: configuration.Classifier | None = None) -> Embedder:
    """The bundled embedder, whatever classifier is configured: stories of one store must share one vector space.

    Raises ModelError.
    """
    from brinkwatch.signals.embedder import OnnxEmbedder

    threads = (settings or configuration.Classifier()).threads
    return OnnxEmbedder(bundled_model(), threads)


def model_directory(settings: configuration.Classifier) -> Path:
    """Where the configured model of the bundled kind lies."""
    return Path(settings.model).expanduser() if settings.model else bundled_model()
