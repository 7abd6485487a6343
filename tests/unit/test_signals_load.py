import json
import subprocess
import sys

import pytest

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.signals.classifier import ModelError
from brinkwatch.signals.load import bundled_model, load_classifier, model_directory
from fakes.models import keyword_model

# Looks at the process when onnxruntime is about to be imported, and refuses every connection and name look-up.
HERMETIC = """
import json, os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            seen.update({key: os.environ.get(key) for key in ("ORT_DISABLE_TELEMETRY", "HF_HUB_OFFLINE")})
        return None

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise RuntimeError(event)

seen = {}
sys.meta_path.insert(0, Watch())
sys.addaudithook(refuse)
from brinkwatch.config.settings import Classifier
from brinkwatch.items.item import ItemText
from brinkwatch.signals.load import load_classifier
assert "onnxruntime" not in sys.modules and "transformers" not in sys.modules
classifier = load_classifier(Classifier(model=sys.argv[1]))
(found,) = classifier.assess([ItemText("The town was shelled", "")])
print(json.dumps({**seen, "flagged": found.flagged, "torch": "torch" in sys.modules}))
"""


def test_loading_asks_no_network_reports_nothing_and_needs_no_torch(tmp_path):
    command = [sys.executable, "-c", HERMETIC, str(keyword_model(tmp_path))]
    done = subprocess.run(command, env={"PATH": "/usr/bin"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "ORT_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        "flagged": ["armed_attack"],
        "torch": False,
    }


def test_the_bundled_model_is_the_default():
    assert model_directory(ClassifierSettings()) == bundled_model()
    assert bundled_model().parent.name == "signals"


def test_a_configured_directory_is_used(tmp_path):
    classifier = load_classifier(ClassifierSettings(model=str(keyword_model(tmp_path))))
    assert classifier.name == "keywords 1.0"


def test_a_wrong_directory_is_named(tmp_path):
    with pytest.raises(ModelError, match="does not exist"):
        load_classifier(ClassifierSettings(model=str(tmp_path / "none")))
