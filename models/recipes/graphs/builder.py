"""Builds one ONNX graph node by node, in the naming style of the public decoder exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .external_data import INLINE_BYTES, DataFiles
from .quantise import BLOCK, blocks_of, padded

OPSET = 21
IR_VERSION = 10
TENSOR_TYPES = {
    np.dtype(np.float32): TensorProto.FLOAT,
    np.dtype(np.float16): TensorProto.FLOAT16,
    np.dtype(np.int64): TensorProto.INT64,
    np.dtype(np.int32): TensorProto.INT32,
    np.dtype(np.bool_): TensorProto.BOOL,
    np.dtype(np.uint8): TensorProto.UINT8,
}


def inverse_frequencies(theta: float, size: int) -> np.ndarray:
    """Rotary frequencies theta^(-2i/size), i < size/2, in float32 as the model computes them."""
    return (1.0 / (np.float32(theta) ** (np.arange(0, size, 2, dtype=np.float32) / np.float32(size)))).astype(np.float32)


class GraphBuilder:
    """Collects nodes, weights, inputs and outputs, then writes a model file.

    `compute` is the type matrix products run in (float32, or float16 for the `f16` exports);
    `quantised` turns every `linear` whose weight allows it into a 4-bit MatMulNBits; `moments` holds, by base name,
    the second moments of a layer's inputs, for better rounding. With `data`, weights go to files as they come.
    """

    def __init__(self, name: str, compute: np.dtype, quantised: bool, moments: dict[str, np.ndarray] | None = None,
                 data: DataFiles | None = None):
        self.name = name
        self.compute = np.dtype(compute)
        self.quantised = quantised
        self.moments = moments or {}
        self.data = data
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, dtype, shape: list) -> str:
        """Declares a graph input; a string in `shape` is a symbolic size."""
        self.inputs.append(helper.make_tensor_value_info(name, TENSOR_TYPES[np.dtype(dtype)], shape))
        return name

    def output(self, name: str, dtype, shape: list) -> None:
        """Declares a graph output that some node produces under this very name."""
        self.outputs.append(helper.make_tensor_value_info(name, TENSOR_TYPES[np.dtype(dtype)], shape))

    def weight(self, name: str, array: np.ndarray) -> str:
        """Stores an array as an initializer and returns its name."""
        if name not in self.initializers:
            array = np.asarray(array, order="C")
            outside = self.data is not None and array.nbytes >= INLINE_BYTES
            self.initializers[name] = self.data.store(name, array) if outside else numpy_helper.from_array(array, name)
        return name

    def ints(self, *values: int) -> str:
        """A one-dimensional int64 constant, shared between all who ask for the same values."""
        return self.weight(f"/model/constants/INT64/{list(values)}", np.array(values, dtype=np.int64))

    def int_scalar(self, value: int) -> str:
        """A zero-dimensional int64 constant."""
        return self.weight(f"/model/constants/INT64/{value}", np.array(value, dtype=np.int64))

    def float_scalar(self, value: float, dtype=np.float32) -> str:
        """A zero-dimensional float constant."""
        kind = np.dtype(dtype).name.upper()
        return self.weight(f"/model/constants/{kind}/{value}", np.array(value, dtype=dtype))

    def node(self, op: str, inputs: list[str], name: str, *, outputs: list[str] | None = None, domain: str = "", **attributes) -> str:
        """Adds a node; its outputs are named after it unless given. Returns the first output's name."""
        outputs = outputs or [f"{name}/output_0"]
        self.nodes.append(helper.make_node(op, inputs, outputs, name=name, domain=domain, **attributes))
        return outputs[0]

    def cast(self, value: str, dtype, name: str, outputs: list[str] | None = None) -> str:
        """Adds a Cast to `dtype`."""
        return self.node("Cast", [value], name, outputs=outputs, to=TENSOR_TYPES[np.dtype(dtype)])

    def to_compute(self, value: str, name: str) -> str:
        """Casts a float32 value to the compute type, when that is another type."""
        return value if self.compute == np.float32 else self.cast(value, self.compute, name)

    def to_float(self, value: str, name: str) -> str:
        """Casts a value of the compute type to float32, when it is not float32 already."""
        return value if self.compute == np.float32 else self.cast(value, np.float32, name)

    def linear(self, basename: str, value: str, weight: np.ndarray, bias: np.ndarray | None = None, *, quantise: bool = True,
               outputs: list[str] | None = None) -> str:
        """value @ weight.T (+ bias), weight [out, in]; `basename` ends before `/MatMul` and `/Add`."""
        stem = f"{basename}/MatMul"[1:].replace("/", ".")
        matmul_outputs = outputs if bias is None else None
        if self.quantised and quantise and weight.shape[1] % BLOCK == 0:
            packed, scales, zeros = blocks_of(weight, self.moments.get(basename))
            names = [
                self.weight(f"{stem}.weight_quant", packed),
                self.weight(f"{stem}.weight_scales", scales.astype(self.compute)),
                self.weight(f"{stem}.weight_zp", zeros),
            ]
            result = self.node("MatMulNBits", [value, *names], f"{basename}/MatMul_Quant", outputs=matmul_outputs,
                               domain="com.microsoft", K=weight.shape[1], N=weight.shape[0], bits=4, block_size=BLOCK)
        else:
            stored = self.weight(f"{stem}.weight", np.asarray(weight).T.astype(self.compute))
            result = self.node("MatMul", [value, stored], f"{basename}/MatMul", outputs=matmul_outputs)
        if bias is None:
            return result
        stored = self.weight(f"{basename}/Add"[1:].replace("/", ".") + ".bias", bias.astype(self.compute))
        return self.node("Add", [result, stored], f"{basename}/Add", outputs=outputs)

    def rms_norm(self, location: str, root: str, skip: str | None, weight: np.ndarray, epsilon: float, *, last: bool = False) -> tuple[str, str]:
        """RMS norm of `root` (+ `skip`, the branch that just ended), in float32 whatever the compute type.

        Returns (normed in the compute type, float32 residual sum). `location` is such as `/model/layers.0/input_layernorm`.
        """
        scale = self.weight(f"{location}.weight"[1:].replace("/", "."), weight.astype(np.float32))
        narrow = self.compute != np.float32
        normed = f"{location}/output_0_float" if narrow else f"{location}/output_0"
        if skip is None:
            self.node("SimplifiedLayerNormalization", [root, scale], f"{location}/LayerNorm", outputs=[normed],
                      axis=-1, epsilon=epsilon, stash_type=1)
            residual = root
        else:
            name = f"{location}/SkipLayerNorm"
            skip = self.to_float(skip, f"{name}/skip_input/Cast")
            residual = f"{location}/output_3"
            outputs = [normed] if last else [normed, "", "", residual]
            self.node("SkipSimplifiedLayerNormalization", [root, skip, scale], name, outputs=outputs,
                      domain="com.microsoft", epsilon=epsilon)
        if narrow:
            self.cast(normed, self.compute, f"{location}/output_0/Cast", outputs=[f"{location}/output_0"])
        return f"{location}/output_0", residual

    def rotary_pair(self, positions: str, frequencies: np.ndarray, length: int, base: str) -> tuple[str, str]:
        """Cosine and sine [rows, n] of positions (int64 [rows, n], below `length`) times frequencies [n], from a table.

        A table, because a shader's sine is poor: WebGPU asks for 2^-11 within half a turn and for nothing beyond, and the
        error of a software adapter alone moved the logits by 5e-5.
        """
        count = len(frequencies)
        angles = np.arange(length, dtype=np.float32)[:, None] * frequencies.astype(np.float32)
        columns = self.weight(f"{base}/columns"[1:].replace("/", "."), np.arange(count, dtype=np.int64))
        index = self.node("Mul", [positions, self.int_scalar(count)], f"{base}/index/Mul")
        index = self.node("Add", [index, columns], f"{base}/index/Add")
        pair = []
        for name, function in (("cos", np.cos), ("sin", np.sin)):
            table = function(angles.astype(np.float64)).astype(np.float32).reshape(-1)
            table = self.weight(f"{base}/{name}_cache"[1:].replace("/", "."), table)
            pair.append(self.node("Gather", [table, index], f"{base}/{name}_cache/Gather", axis=0))
        return pair[0], pair[1]

    def gated_mlp(self, basename: str, value: str, weights: dict[str, np.ndarray]) -> str:
        """SwiGLU: down(silu(gate(x)) * up(x)); `weights` holds {gate,up,down}_proj.{weight,bias}.

        For 4 bits the inner width is filled up to whole blocks with zeros, which changes no result (the released vision
        encoder's is 3,420).
        """
        inner, outer = weights["gate_proj.weight"].shape
        whole = -(-inner // BLOCK) * BLOCK if self.quantised else inner

        def project(part: str, source: str) -> str:
            rows, columns = (outer, whole) if part == "down_proj" else (whole, outer)
            bias = weights.get(f"{part}.bias")
            bias = None if bias is None else np.pad(bias, (0, rows - len(bias)))
            return self.linear(f"{basename}/{part}", source, padded(weights[f"{part}.weight"], rows, columns), bias)

        gate = project("gate_proj", value)
        up = project("up_proj", value)
        sigmoid = self.node("Sigmoid", [gate], f"{basename}/act_fn/Sigmoid")
        act = self.node("Mul", [gate, sigmoid], f"{basename}/act_fn/Mul")
        return project("down_proj", self.node("Mul", [act, up], f"{basename}/Mul"))

    def save(self, path: Path) -> list[Path]:
        """Writes the graph, which names the data files already written beside it. Returns all files of the model."""
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, list(self.initializers.values()))
        model = helper.make_model(
            graph,
            ir_version=IR_VERSION,
            producer_name="noema-recipes",
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString(deterministic=True))
        return [path, *(self.data.close() if self.data else [])]
