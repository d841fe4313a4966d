"""Takes the choice of rows before the vocabulary out of one of our decoders, for a layout without num_logits_to_keep."""

from __future__ import annotations

from pathlib import Path

import onnx


def without_row_choice(file: Path) -> None:
    """Rewrites a decoder with its weights inside so that logits cover all rows and the input num_logits_to_keep is gone."""
    model = onnx.load(file)
    graph = model.graph
    choice = next(node for node in graph.node if node.op_type == "Slice" and node.name.startswith("/lm_head/num_logits_to_keep/"))
    for node in graph.node:
        node.input[:] = [choice.input[0] if name == choice.output[0] else name for name in node.input]
    kept = [node for node in graph.node if not node.name.startswith("/lm_head/num_logits_to_keep/")]
    del graph.node[:]
    graph.node.extend(kept)
    graph.input.remove(next(item for item in graph.input if item.name == "num_logits_to_keep"))
    graph.output[0].type.tensor_type.shape.dim[1].dim_param = "sequence_length"
    file.write_bytes(model.SerializeToString(deterministic=True))
