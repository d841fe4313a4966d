"""The 4-bit graphs behind the reference model's interface: the same numbers from ONNX Runtime on the CPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

from .model import Context, Reading, ReferenceModel


class ExportedModel(ReferenceModel):
    """A checkpoint's exported graphs. Attention comes from GroupQueryAttention's own read-out, which only the CPU has."""

    def __init__(self, checkpoint: str | Path, exported: str | Path, suffix: str):
        super().__init__(checkpoint)
        folder = Path(exported) / "onnx"
        self.vision = _session((folder / f"vision_encoder{suffix}.onnx").read_bytes())
        decoder = _with_readouts(onnx.load(folder / f"decoder_model_merged{suffix}.onnx"))
        self.decoder = _session(decoder.SerializeToString())
        self.past = {item.name: (item.shape, item.type) for item in self.decoder.get_inputs() if item.name.startswith("past_key_values.")}
        self.readouts = [item.name for item in self.decoder.get_outputs() if not item.name.startswith("present.")]

    def features(self, pixel_values: np.ndarray, grid: tuple[int, int, int]) -> torch.Tensor:
        feeds = {"pixel_values": pixel_values, "image_grid_thw": np.array([grid], dtype=np.int64)}
        return torch.from_numpy(self.vision.run(["image_features"], feeds)[0])

    def read(self, context: Context, suffix: torch.Tensor, positions: torch.Tensor) -> Reading:
        rows = len(context.embeddings)
        embeddings = torch.cat([context.embeddings, suffix])[None].numpy()
        feeds = {
            "inputs_embeds": embeddings,
            "attention_mask": np.ones(embeddings.shape[:2], dtype=np.int64),
            "position_ids": torch.cat([context.positions, positions], dim=1)[:, None].numpy(),
            "num_logits_to_keep": np.array(len(suffix), dtype=np.int64),
        }
        for name, (shape, kind) in self.past.items():
            feeds[name] = np.zeros((1, shape[1], 0, shape[3]), dtype=np.float16 if "float16" in kind else np.float32)
        output = dict(zip(self.readouts, self.decoder.run(self.readouts, feeds)))
        logits = torch.from_numpy(output.pop("logits")[0])
        hidden = torch.from_numpy(output.pop("hidden_states")[0, rows:].astype(np.float32))
        attention = np.stack([layer[0, :, rows:].astype(np.float32) for layer in output.values()]).mean(axis=(0, 1))
        return Reading(logits, hidden, torch.from_numpy(attention))


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _with_readouts(model: onnx.ModelProto) -> onnx.ModelProto:
    """Adds the hidden states after the final norm and every layer's softmaxed attention as outputs."""
    graph = model.graph
    kinds = {item.name: item.type.tensor_type.elem_type for item in graph.output}
    kind = kinds["present.0.key"]
    for node in [node for node in graph.node if node.op_type == "GroupQueryAttention"]:
        node.attribute.append(helper.make_attribute("qk_output", 2))
        node.output.append(f"{node.name}/qk")
        graph.output.append(helper.make_tensor_value_info(f"{node.name}/qk", kind, None))
    final = next(node.input[0] for node in graph.node if node.name == "/lm_head/num_logits_to_keep/Slice")
    graph.node.append(helper.make_node("Cast", [final], ["hidden_states"], to=TensorProto.FLOAT))
    graph.output.append(helper.make_tensor_value_info("hidden_states", TensorProto.FLOAT, None))
    return model
