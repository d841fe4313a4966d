"""The optimiser (Muon for matrices, AdamW for the rest, or AdamW alone) and the learning-rate schedule."""

import torch


def build_optimisers(model, heads, training):
    """A list of optimisers over model and auxiliary heads; every group carries its peak rate as 'peak'.

    Muon takes the two-dimensional weights of blocks and merger; embeddings, norms, biases and heads stay with AdamW.
    """
    rate, decay, betas = training["learning_rate"], training["weight_decay"], tuple(training["betas"])
    matrices, tables, vectors = [], [], []
    for name, weight in model.named_parameters():
        if not weight.requires_grad:
            continue
        if weight.ndim == 2 and "embed" not in name:
            matrices.append(weight)
        elif weight.ndim >= 2:
            tables.append(weight)
        else:
            vectors.append(weight)
    adam = [
        {"params": tables, "weight_decay": decay, "lr": rate},
        {"params": vectors + list(heads.parameters()), "weight_decay": 0.0, "lr": rate},
    ]
    optimisers = []
    if training["optimiser"] == "muon":
        optimisers.append(
            torch.optim.Muon(matrices, lr=training["muon_rate"], weight_decay=decay, momentum=0.95,
                             adjust_lr_fn="match_rms_adamw", ns_steps=training["muon_steps"])
        )  # fmt: skip
    else:
        adam.insert(0, {"params": matrices, "weight_decay": decay, "lr": rate})
    optimisers.append(torch.optim.AdamW(adam, lr=rate, betas=betas, eps=1e-8, fused=True))
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return optimisers


def factor(pictures, training, decay):
    """Share of the peak rate after `pictures` pictures: warm-up, constant, then linear to zero over decay = (from, to)."""
    share = min(1.0, (pictures + 1) / training["warmup_pictures"])
    if decay:
        begin, end = decay
        share *= min(1.0, max(0.0, (end - pictures) / (end - begin)))
    return share
