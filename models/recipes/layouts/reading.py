"""What a model says about a case, once from PyTorch and once from ONNX Runtime, as the same named arrays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import transformers
from onnx import TensorProto, external_data_helper, helper
from transformers import AutoModelForImageTextToText

from .case import Case, Fixture

NUMPY_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64}
HEADS = ("MatMul", "MatMulNBits", "Gemm", "FusedMatMul")

#: positions [3, S + 3]; features [n, H]; first_* of `Case.rows`, second_* of the continuation: logits [r, V],
#: hidden [r, H] after the final norm, attention [layers, r, n]: mean over heads, image columns.
Reading = dict[str, np.ndarray]


@torch.no_grad()
def torch_reading(checkpoint: Path, case: Case) -> tuple[Reading, str]:
    """The library's float32 model with eager attention in one pass without a cache; also says so in words."""
    model = AutoModelForImageTextToText.from_pretrained(checkpoint, dtype=torch.float32, attn_implementation="eager").eval()
    tokens = torch.tensor([case.ids])
    positions, _ = model.model.get_rope_index(tokens, (tokens == model.config.image_token_id).int(), image_grid_thw=torch.tensor([case.grid]),
                                              attention_mask=torch.ones_like(tokens))
    first = int(positions.max()) + 1
    positions = torch.cat([positions[:, 0], torch.arange(first, first + len(case.continuation)).expand(3, -1)], dim=1)
    features = model.model.visual(torch.from_numpy(case.pixels), torch.tensor([case.grid])).pooler_output
    embeddings = model.get_input_embeddings()(torch.tensor([[*case.ids, *case.continuation]]))
    embeddings[0, case.image] = features
    output = model.model.language_model(inputs_embeds=embeddings, position_ids=positions[:, None], use_cache=False, output_attentions=True,
                                        attention_mask=torch.ones(embeddings.shape[:2], dtype=torch.long))
    hidden = output.last_hidden_state[0]
    attention = torch.stack([layer[0].mean(dim=0) for layer in output.attentions])
    reading = {"positions": positions.numpy(), "features": features.numpy()}
    for part, rows in (("first", case.rows), ("second", list(range(len(case.ids), embeddings.shape[1])))):
        reading |= {f"{part}_logits": model.lm_head(hidden[rows]).numpy(), f"{part}_hidden": hidden[rows].numpy(),
                    f"{part}_attention": attention[:, rows, case.image].numpy()}
    return reading, f"PyTorch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, float32, eager attention"


def with_oracles(model: onnx.ModelProto) -> list[str]:
    """Adds every layer's softmaxed attention and the hidden states as outputs; returns their names, hidden states last.

    GroupQueryAttention tells its attention through `qk_output` 2 (on the CPU alone); an explicit Softmax is named as it is.
    """
    graph = model.graph
    producers = {name: node for node in graph.node for name in node.output}
    names = []
    for node in graph.node:
        if node.op_type == "GroupQueryAttention":
            kind = next(item.type.tensor_type.elem_type for item in graph.input if item.name == node.input[3])
            node.attribute.append(helper.make_attribute("qk_output", 2))
            node.output.extend([""] * (3 - len(node.output)) + [f"{node.name}/qk"])
            graph.output.append(helper.make_tensor_value_info(node.output[3], kind, None))
            names.append(node.output[3])
        elif node.op_type == "Softmax":
            graph.output.append(helper.make_empty_tensor_value_info(node.output[0]))
            names.append(node.output[0])
    head = producers["logits"]
    while head.op_type not in HEADS:
        head = producers[head.input[0]]
    graph.output.append(helper.make_empty_tensor_value_info(head.input[0]))
    return [*names, head.input[0]]


def with_full_products(model: onnx.ModelProto) -> None:
    """Takes away `accuracy_level`, which lets 4-bit products round their activations to 8 bits on some processors."""
    for node in model.graph.node:
        if node.op_type == "MatMulNBits":
            kept = [attribute for attribute in node.attribute if attribute.name != "accuracy_level"]
            del node.attribute[:]
            node.attribute.extend(kept)


def with_all_rows(model: onnx.ModelProto) -> None:
    """Feeds the vocabulary's product all rows where `prune_lm_head` chose the last one (Gather -1, Unsqueeze)."""
    producers = {name: node for node in model.graph.node for name in node.output}
    chosen = producers["logits"].input[0]
    if producers[chosen].op_type == "Unsqueeze":
        producers["logits"].input[0] = producers[producers[chosen].input[0]].input[0]


def load_external_data(fixture: Fixture, model: onnx.ModelProto) -> None:
    """Reads the weights that lie in other files, each of which may be the base's."""
    for tensor in external_data_helper._get_all_tensors(model):
        if external_data_helper.uses_external_data(tensor):
            location = external_data_helper.ExternalDataInfo(tensor).location
            external_data_helper.load_external_data_for_tensor(tensor, str(fixture.path(f"onnx/{location}").parent))
            tensor.data_location = TensorProto.DEFAULT
            del tensor.external_data[:]


def session(model: onnx.ModelProto | Path) -> onnxruntime.InferenceSession:
    """A single-threaded session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    source = str(model) if isinstance(model, Path) else model.SerializeToString()
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


class RuntimeModel:
    """A fixture's graphs of one dtype on ONNX Runtime's CPU kernels, which tell their attention themselves."""

    def __init__(self, fixture: Fixture, dtype: str):
        suffix = "" if dtype == "fp32" else f"_{dtype}"
        self.embed, self.vision = (session(fixture.path(f"onnx/{name}{suffix}.onnx")) for name in ("embed_tokens", "vision_encoder"))
        model = onnx.load(fixture.path(f"onnx/decoder_model_merged{suffix}.onnx"), load_external_data=False)
        load_external_data(fixture, model)
        del model.graph.value_info[:]  # its sizes may be wrong: see explicit.export_decoder
        with_full_products(model)
        with_all_rows(model)
        config = json.loads(fixture.path("config.json").read_text())
        text = config.get("text_config", config)
        self.head_size = text.get("head_dim") or text["hidden_size"] // text["num_attention_heads"]
        self.oracles = with_oracles(model)
        self.decoder = session(model)
        self.inputs = {item.name: item for item in self.decoder.get_inputs()}

    def _feed(self, source: onnxruntime.InferenceSession, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        kinds = {item.name: NUMPY_TYPES[item.type] for item in source.get_inputs()}
        return {name: value.astype(kinds[name]) for name, value in values.items() if name in kinds}

    def features(self, pixels: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
        sides = np.array([grid], dtype=np.int64)
        feeds = self._feed(self.vision, {"pixel_values": pixels, "grid_thw": sides, "image_grid_thw": sides})
        return self.vision.run(["image_features"], feeds)[0].astype(np.float32)

    def embeddings(self, ids: list[int]) -> np.ndarray:
        return self.embed.run(["inputs_embeds"], {"input_ids": np.array([ids], dtype=np.int64)})[0].astype(np.float32)

    def empty(self) -> dict[str, np.ndarray]:
        """An empty cache. The builder of late 2026 leaves the head size a symbol, so it comes from the configuration."""
        pasts = {name: item for name, item in self.inputs.items() if name.startswith("past_key_values.")}
        return {name: np.zeros((1, item.shape[1], 0, self.head_size), dtype=NUMPY_TYPES[item.type]) for name, item in pasts.items()}

    def step(self, embeddings: np.ndarray, positions: np.ndarray, past: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """One pass that computes all logits. Returns {logits, hidden, attention [layers, S, T]} and the longer cache."""
        total = embeddings.shape[1] + next(iter(past.values())).shape[2]
        values = {"inputs_embeds": embeddings, "attention_mask": np.ones((1, total), dtype=np.int64), "position_ids": positions[:, None],
                  "num_logits_to_keep": np.array(0, dtype=np.int64), **past}
        presents = [name.replace("past_key_values", "present") for name in past]
        logits, *rest = self.decoder.run(["logits", *self.oracles, *presents], self._feed(self.decoder, values))
        *layers, hidden = rest[: len(self.oracles)]
        attention = np.stack([layer[0].astype(np.float32).mean(axis=0) for layer in layers])
        read = {"logits": logits[0].astype(np.float32), "hidden": hidden[0].astype(np.float32), "attention": attention}
        return read, dict(zip(past, rest[len(self.oracles):]))


def runtime_reading(model: RuntimeModel, case: Case, positions: np.ndarray) -> Reading:
    """The case in two passes, the second on the first one's cache."""
    features = model.features(case.pixels, case.grid)
    embeddings = model.embeddings(case.ids)
    embeddings[0, case.image] = features
    length = len(case.ids)
    first, past = model.step(embeddings, positions[:, :length], model.empty())
    second, _ = model.step(model.embeddings(list(case.continuation)), positions[:, length:], past)
    reading = {"positions": positions, "features": features}
    for part, read, rows in (("first", first, case.rows), ("second", second, list(range(len(case.continuation))))):
        reading |= {f"{part}_logits": read["logits"][rows], f"{part}_hidden": read["hidden"][rows],
                    f"{part}_attention": read["attention"][:, rows, case.image]}
    return reading
