"""Exports a Qwen2-VL checkpoint the way the public exports of 2025 were made: traced by torch.onnx, attention spelt out.

    python -m recipes.layouts.explicit --checkpoint DIR --out DIR [--attention sdpa|eager] [--rows] [--dtypes fp32,fp16,q4,q4f16]

Runs in an environment of its own with `requirements-2025.txt`: later releases of torch and transformers trace to other graphs.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path

import onnx
import onnxslim
import torch
from onnxconverter_common import float16
from onnxruntime.quantization.matmul_4bits_quantizer import MatMul4BitsQuantizer
from transformers import DynamicCache, Qwen2VLForConditionalGeneration

TEXT_OPSET, OTHER_OPSET = 14, 18


class Decoder(torch.nn.Module):
    """The language model behind the inputs and outputs transformers.js expects; with `rows` it takes num_logits_to_keep."""

    def __init__(self, model: Qwen2VLForConditionalGeneration, rows: bool):
        super().__init__()
        self.model, self.lm_head, self.rows = model.model, model.lm_head, rows
        self.layers = model.config.num_hidden_layers

    def forward(self, inputs_embeds, attention_mask, position_ids, *rest):
        rest = list(rest)
        keep = rest.pop(0) if self.rows else None
        cache = DynamicCache()
        for index in range(self.layers):
            cache.update(rest[2 * index], rest[2 * index + 1], index)
        output = self.model(inputs_embeds=inputs_embeds, attention_mask=attention_mask, position_ids=position_ids, past_key_values=cache)
        hidden = output.last_hidden_state
        logits = self.lm_head(hidden if keep is None else hidden[:, -keep:, :])
        presents = [part for index in range(self.layers) for part in (output.past_key_values.key_cache[index], output.past_key_values.value_cache[index])]
        return (logits, *presents)


def export_decoder(model: Qwen2VLForConditionalGeneration, rows: bool, file: Path) -> None:
    """Traces the decoder with a cache of three rows: an empty one would be folded away as a constant.

    As in the public script, the second axis of attention_mask is `sequence_length`, the name inputs_embeds' has too, though
    it is longer by the past. ONNX Runtime believes the sizes inferred from it when it plans the reuse of memory, and stops at
    the second pass of a float16 graph on the CPU: readers must drop the graph's value_info.
    """
    config = model.config
    head = config.hidden_size // config.num_attention_heads
    past, length = 3, 16
    names = [f"past_key_values.{index}.{part}" for index in range(config.num_hidden_layers) for part in ("key", "value")]
    inputs = {
        "inputs_embeds": torch.ones(1, length, config.hidden_size),
        "attention_mask": torch.ones(1, past + length, dtype=torch.int64),
        "position_ids": torch.ones(3, 1, length, dtype=torch.int64),
        **({"num_logits_to_keep": torch.tensor(1)} if rows else {}),
        **{name: torch.zeros(1, config.num_key_value_heads, past, head) for name in names},
    }
    presents = [name.replace("past_key_values", "present") for name in names]
    axes = {
        "inputs_embeds": {0: "batch_size", 1: "sequence_length"},
        "attention_mask": {0: "batch_size", 1: "sequence_length"},
        "position_ids": {1: "batch_size", 2: "sequence_length"},
        "logits": {0: "batch_size", 1: "num_logits_to_keep" if rows else "sequence_length"},
        **{name: {0: "batch_size", 2: "past_sequence_length"} for name in names},
        **{name: {0: "batch_size", 2: "past_sequence_length + 1"} for name in presents},
    }
    torch.onnx.export(Decoder(model, rows).eval(), tuple(inputs.values()), str(file), opset_version=TEXT_OPSET, do_constant_folding=True,
                      input_names=list(inputs), output_names=["logits", *presents], dynamic_axes=axes, dynamo=False)


def export_vision(model: Qwen2VLForConditionalGeneration, file: Path) -> None:
    """Traces the vision tower over one picture of 16 x 16 patches; its size stays free."""
    grid = torch.tensor([[1, 16, 16]])
    axes = {"pixel_values": {0: "num_patches"}, "grid_thw": {0: "batch_size"}, "image_features": {0: "num_image_tokens"}}
    torch.onnx.export(model.visual, (torch.randn(256, 1176), grid), str(file), opset_version=OTHER_OPSET, do_constant_folding=True,
                      input_names=["pixel_values", "grid_thw"], output_names=["image_features"], dynamic_axes=axes, dynamo=False)


def export_embeddings(model: Qwen2VLForConditionalGeneration, file: Path) -> None:
    """Traces the token embedding table."""
    axes = {name: {0: "batch_size", 1: "sequence_length"} for name in ("input_ids", "inputs_embeds")}
    torch.onnx.export(model.model.embed_tokens, (torch.zeros(1, 16, dtype=torch.int64),), str(file), opset_version=OTHER_OPSET,
                      do_constant_folding=True, input_names=["input_ids"], output_names=["inputs_embeds"], dynamic_axes=axes, dynamo=False)


def slimmed(file: Path) -> onnx.ModelProto:
    """The traced graph after the shape inference and simplification the public exports went through."""
    onnx.shape_inference.infer_shapes_path(str(file), check_type=True, strict_mode=True)
    return onnxslim.slim(str(file))


def in_type(model: onnx.ModelProto, dtype: str) -> onnx.ModelProto:
    """A copy in one of the dtypes transformers.js names.

    `fp16` takes and gives float16, cache included; `q4f16` computes in float16 behind float32 inputs and outputs, as the
    conversion script of transformers.js leaves it. 4-bit weights are symmetric, in blocks of 32, without zero points.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    if dtype.startswith("q4"):
        quantiser = MatMul4BitsQuantizer(copy, block_size=32, is_symmetric=True)
        quantiser.process()
        copy = quantiser.model.model
    if dtype.endswith("16"):
        copy = float16.convert_float_to_float16(copy, keep_io_types=dtype != "fp16")
        _mend_casts(copy)
        copy = onnxslim.slim(copy)
    return copy


def _mend_casts(model: onnx.ModelProto) -> None:
    """The converter declares some casts' results float16 but lets them cast to float32; ONNX Runtime refuses such a graph."""
    halves = {item.name for item in model.graph.value_info if item.type.tensor_type.elem_type == onnx.TensorProto.FLOAT16}
    for node in model.graph.node:
        if node.op_type == "Cast" and node.output[0] in halves:
            node.attribute[0].i = onnx.TensorProto.FLOAT16


def export(checkpoint: Path, out: Path, attention: str, rows: bool, dtypes: list[str], *, decoder_only: bool) -> None:
    """Writes `onnx/<session><suffix>.onnx` under `out` in every dtype asked for."""
    model = Qwen2VLForConditionalGeneration.from_pretrained(checkpoint, attn_implementation=attention, torch_dtype=torch.float32).eval()
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    logging.getLogger("onnxruntime.quantization").setLevel(logging.WARNING)
    exporters = {"decoder_model_merged": lambda file: export_decoder(model, rows, file)}
    if not decoder_only:
        exporters |= {"vision_encoder": lambda file: export_vision(model, file), "embed_tokens": lambda file: export_embeddings(model, file)}
    for name, run in exporters.items():
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            traced = Path(folder) / f"{name}.onnx"
            run(traced)
            plain = slimmed(traced)
        for dtype in dtypes:
            if name != "decoder_model_merged" and dtype.startswith("q4"):
                continue
            file = out / "onnx" / f"{name}{'' if dtype == 'fp32' else '_' + dtype}.onnx"
            file.write_bytes(in_type(plain, dtype).SerializeToString(deterministic=True))
            print(f"{file.name}  {file.stat().st_size:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description="Export Qwen2-VL as the public exports of 2025 were made.")
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa", help="the library's own default is sdpa")
    parser.add_argument("--rows", action="store_true", help="give the decoder the input num_logits_to_keep")
    parser.add_argument("--dtypes", default="fp32")
    parser.add_argument("--decoder-only", action="store_true")
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.out, arguments.attention, arguments.rows, arguments.dtypes.split(","),
           decoder_only=arguments.decoder_only)


if __name__ == "__main__":
    main()
