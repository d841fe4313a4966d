"""Greedy batched decoding of many questions about one picture with the library's model and one shared prefix cache."""

import torch
from transformers import DynamicCache

from ..world.draw import draw_scene
from ..world.prompts import split_prompt
from ..world.vocabulary import UNIT
from .packing import no_thought, pack
from .pixels import processor_layout, to_patches


@torch.no_grad()
def answer_all(model, tokenizer, form, scene, items, think=4, most=96):
    """Greedy replies (texts without the end token) to every item about a scene.

    The prefix with the picture runs once; then all questions are decoded as one batch, padded on the left.
    """
    device = model.device
    count = think if form in ("latent", "release") else 0
    grid = torch.tensor([[1, scene["height"] // 14, scene["width"] // 14]], device=device)
    tokens = scene["height"] * scene["width"] // UNIT**2
    prefix = tokenizer.encode(split_prompt(form, "", tokens, count)[0]).ids
    packed = pack(tokenizer, form, scene, items[:1], [no_thought(count)])
    places = torch.from_numpy(packed["positions"][:, : len(prefix)]).to(device)
    ids = torch.tensor(prefix, device=device)
    x = model.model.language_model.embed_tokens(ids)
    pixels = torch.from_numpy(draw_scene(scene))[None]
    features = model.model.visual(processor_layout(to_patches(pixels)[0]).to(device), grid_thw=grid).pooler_output
    first, image_tokens = packed["image"]
    x[first : first + image_tokens] = features
    text = model.model.language_model
    cache = DynamicCache(config=model.config.text_config)
    text(inputs_embeds=x[None], position_ids=places[:, None], past_key_values=cache, use_cache=True)
    cache.batch_repeat_interleave(len(items))

    branches = [tokenizer.encode(split_prompt(form, item["question"], tokens, count)[1]).ids for item in items]
    longest = max(map(len, branches))
    pad, end = tokenizer.token_to_id("<|endoftext|>"), tokenizer.token_to_id("<|im_end|>")
    padded = torch.tensor([[pad] * (longest - len(b)) + b for b in branches], device=device)
    lead = torch.tensor([longest - len(b) for b in branches], device=device)[:, None]
    begin = int(places.max()) + 1
    seen = torch.cat([torch.ones(len(items), len(prefix), dtype=torch.long, device=device),
                      (torch.arange(longest, device=device)[None] >= lead).long()], dim=1)  # fmt: skip
    at = (begin + torch.arange(longest, device=device)[None] - lead).clamp(min=0)
    replies, done = [[] for _ in items], [False] * len(items)
    current = padded
    for _ in range(most):
        states = text(input_ids=current, position_ids=at[None].expand(3, -1, -1), attention_mask=seen,
                      past_key_values=cache, use_cache=True).last_hidden_state  # fmt: skip
        chosen = model.lm_head(states[:, -1]).argmax(-1)
        for i, token in enumerate(chosen.tolist()):
            done[i] = done[i] or token in (end, pad)
            if not done[i]:
                replies[i].append(token)
        if all(done):
            break
        current, at = chosen[:, None], at[:, -1:] + 1
        seen = torch.cat([seen, seen.new_ones(len(items), 1)], dim=1)
    return [tokenizer.decode(reply, skip_special_tokens=False) for reply in replies]
