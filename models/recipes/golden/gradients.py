"""Golden gradients: the paper's reward of think rows and its derivative by them, from PyTorch's own backward pass."""

from __future__ import annotations

import numpy as np
import torch

from ..graphs.stored_decoder import StoredDecoder
from ..hub.from_onnx import stored_as
from .dmlr import DEFAULTS, Sequence, lay_out
from .image import Picture
from .model import Context, ReferenceModel
from .sections import LATENTS, QUESTION, THINK, think_context

#: Layout, patches, scored rows, where patches stand, and k.
CASES = {
    "bare": {"patches": [[], [], [], []]},
    "after each": {"patches": [[3, 17], [5], [], [40, 2, 9]]},
    "after all, latents and end": {"patches": [[3, 17], [5], [], [40, 2, 9]], "layout": "after-all", "scoredRows": "latents-and-end", "topK": 5},
    "before each, at the image's positions": {"patches": [[3, 17], [], [5], []], "layout": "before-each", "patchPositions": "image", "topK": 64},
}


def with_weights_of(model: ReferenceModel, decoder: StoredDecoder) -> ReferenceModel:
    """The model with the decoder's weights as its graph has them, rounded ones as the numbers they stand for. Changes the model."""
    text, layers = model.model.model.language_model, model.config.text_config.num_hidden_layers
    with torch.no_grad():
        for name, parameter in text.named_parameters():
            if name == "embed_tokens.weight":
                continue
            stored = stored_as(f"language_model.{name}", layers, parameter.dim() == 1 and name.endswith(".weight"))
            values = decoder.tensor(stored)
            parameter.copy_(torch.from_numpy(np.array(values.T if stored.endswith(".MatMul.weight") else values)))
    # Tied in the checkpoint, rounded by itself in the graph.
    model.model.lm_head.weight = torch.nn.Parameter(torch.from_numpy(np.array(decoder.tensor("lm_head.MatMul.weight").T)))
    return model


def reward_gradient(model: ReferenceModel, context: Context, sequence: Sequence, top_k: int) -> tuple[float, torch.Tensor]:
    """R over the sequence's scored rows, and dR/d(rows) [S, H]."""
    suffix = sequence.embeddings.detach().clone().requires_grad_()
    embeddings = torch.cat([context.embeddings.detach(), suffix])[None]
    positions = torch.cat([context.positions, sequence.positions], dim=1)[:, None]
    output = model.model.model.language_model(inputs_embeds=embeddings, position_ids=positions, use_cache=False,
                                              attention_mask=torch.ones(1, embeddings.shape[1], dtype=torch.long))
    logits = model.model.lm_head(output.last_hidden_state[0, len(context.embeddings):][sequence.scored_rows])
    largest = torch.log_softmax(logits.double(), dim=-1).topk(top_k, dim=-1).values
    reward = 1 + (largest.exp() * largest).sum(dim=-1).mean()
    return reward.item(), torch.autograd.grad(reward, suffix)[0]


def gradients_section(model: ReferenceModel, item: Picture) -> dict:
    """Rewards and gradients of think blocks in every layout, at moved latents."""
    context = think_context(model, item)
    origin = model.embed([model.token(THINK)] * LATENTS)
    moved = origin + 0.5 * model.embedding_std * torch.from_numpy(np.random.default_rng(5).standard_normal(tuple(origin.shape)).astype(np.float32))
    cases = []
    for name, changes in CASES.items():
        settings = {**DEFAULTS, **changes}
        sequence = lay_out(model, context, moved, settings["patches"], settings)
        reward, gradient = reward_gradient(model, context, sequence, settings["topK"])
        cases.append({"name": name, **{key: settings[key] for key in ("layout", "patches", "patchPositions", "topK")},
                      "rows": sequence.scored_rows, "reward": reward, "gradient": gradient})
    return {"picture": item.name, "question": QUESTION, "latents": moved, "cases": cases}
