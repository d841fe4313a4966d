"""Writes the start-up self-test: tiny ONNX graphs, their inputs and the right answers, for checking a visitor's GPU.

    python -m recipes.golden.kernels --out ../public/selftest

`selftest.json` holds `arrays` (base64 of int8; a value is the byte times `scale`) and `checks`. A check names a graph file
(`graphs.float32`, or `graphs.float16`, which takes and gives the same float32 tensors, only its cache in float16), its
`inputs` and what output `output` must be. An input is `{array, shape}`: the first prod(shape) values of that array, in the
type of the graph's input (a float16 holds all of them exactly); or `{ints, type, shape}`.
`expected` is base64 of little-endian float32, [rows.length, last dimension]: the rows `rows` of the output seen as a matrix.
A device passes when every |value - expected| is at most `tolerance[type]`.

Sized so that the known fault shows: with 32 or more new rows the attention kernel of a device with narrow subgroups is off by 0.1.

The cache enters GroupQueryAttention as a graph input and never through a Cast: the kernel declares that it may write the new
cache over the old one, so ONNX Runtime would reuse the Cast's output, which is shorter than the new cache, and fail.
"""

from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path

import numpy as np
import onnxruntime

from ..graphs.builder import GraphBuilder
from ..graphs.quantise import dequantise_blocks, quantise_blocks

SEED = 7
SCALE = 1 / 32
NEW_ROWS = (1, 8, 40)
PAST = 24
KEPT_ROWS = (0, 1, 7, 15, 31, 32, 39)
TOLERANCE = {"float32": 2e-4, "float16": 2e-2}
TYPES = {"float32": np.float32, "float16": np.float16}
#: name -> (query heads, key/value heads, head size, whether a mask is added): our decoder's shape, and a 3B model's head.
ATTENTION = {"gqa32": (4, 2, 32, True), "gqa128": (2, 1, 128, False)}
MATMUL_K, MATMUL_N = 128, 96


class SelfTest:
    """Collects arrays and checks, verifies each against ONNX Runtime's CPU provider, and writes the folder."""

    def __init__(self, out: Path):
        self.out = out
        self.random = np.random.default_rng(SEED)
        self.arrays: dict[str, dict] = {}
        self.values: dict[str, np.ndarray] = {}
        self.checks: list[dict] = []
        out.mkdir(parents=True, exist_ok=True)
        for stale in out.glob("*"):
            stale.unlink()

    def array(self, name: str, size: int, spread: float = 32.0) -> None:
        """Draws `size` numbers that an int8 holds exactly."""
        codes = np.clip(np.rint(self.random.standard_normal(size) * spread), -127, 127).astype(np.int8)
        self.arrays[name] = {"scale": SCALE, "int8": base64.b64encode(codes.tobytes()).decode()}
        self.values[name] = codes.astype(np.float32) * np.float32(SCALE)

    def take(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        return self.values[name][: int(np.prod(shape))].reshape(shape)

    def check(self, name: str, graphs: dict[str, str], inputs: dict[str, dict], expected: np.ndarray) -> None:
        """Adds a check; `expected` is the whole output, of which only some rows are stored."""
        feeds = {}
        for key, value in inputs.items():
            if "array" in value:
                feeds[key] = self.take(value["array"], tuple(value["shape"]))
            else:
                feeds[key] = np.array(value["ints"], dtype=value["type"]).reshape(value["shape"])
        for kind, file in graphs.items():
            session = onnxruntime.InferenceSession(str(self.out / file), providers=["CPUExecutionProvider"])
            typed = {item.name: feeds[item.name].astype(np.float16) if item.type == "tensor(float16)" else feeds[item.name]
                     for item in session.get_inputs()}
            error = np.abs(session.run(["output"], typed)[0] - expected).max()
            if not error <= TOLERANCE[kind] / 4:
                raise AssertionError(f"{name} ({kind}): the CPU provider differs from numpy by {error}.")
        matrix = expected.reshape(-1, expected.shape[-1]).astype("<f4")
        rows = [row for row in KEPT_ROWS if row < len(matrix)]
        self.checks.append({"name": name, "graphs": graphs, "inputs": inputs, "output": "output", "rows": rows,
                            "expected": base64.b64encode(matrix[rows].tobytes()).decode(), "tolerance": TOLERANCE})

    def write(self) -> None:
        content = {"format": 1, "arrays": self.arrays, "checks": self.checks}
        (self.out / "selftest.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def save_typed(test: SelfTest, name: str, build) -> dict[str, str]:
    """Saves `build(GraphBuilder)` once per type; returns the file names."""
    files = {}
    for kind, compute in TYPES.items():
        graph = GraphBuilder(name, compute, True)
        build(graph)
        files[kind] = f"{name}{'' if kind == 'float32' else '_f16'}.onnx"
        graph.save(test.out / files[kind])
    return files


def add_output(graph: GraphBuilder, value: str, width: int) -> None:
    """Makes `value` the float32 output."""
    op = ("Identity", {}) if graph.compute == np.float32 else ("Cast", {"to": 1})
    graph.node(op[0], [value], "/output", outputs=["output"], **op[1])
    graph.output("output", np.float32, ["batch_size", "rows", width])


def attention_checks(test: SelfTest) -> None:
    for name, (heads, kv_heads, head, masked) in ATTENTION.items():
        widths = {"query": heads * head, "key": kv_heads * head, "value": kv_heads * head}

        def build(graph: GraphBuilder) -> None:
            feeds = [graph.to_compute(graph.input(part, np.float32, ["batch_size", "rows", width]), f"/{part}/Cast") for part, width in widths.items()]
            feeds += [graph.input(part, graph.compute, ["batch_size", kv_heads, "past", head]) for part in ("past_key", "past_value")]
            feeds += [graph.input("seqlens_k", np.int32, ["batch_size"]), graph.input("total_length", np.int32, [])]
            if masked:
                bias = graph.input("attention_bias", np.float32, ["batch_size", 1, "rows", "total"])
                feeds += ["", "", "", graph.to_compute(bias, "/attention_bias/Cast")]
            outputs = ["/attention/output_0", "/attention/key", "/attention/value"]
            graph.node("GroupQueryAttention", feeds, "/attention", outputs=outputs, domain="com.microsoft", num_heads=heads,
                       kv_num_heads=kv_heads, scale=float(head**-0.5), local_window_size=-1, do_rotary=0)
            add_output(graph, outputs[0], heads * head)

        graphs = save_typed(test, name, build)
        for part, width in widths.items():
            test.array(f"{name}.{part}", max(NEW_ROWS) * width)
        for part in ("past_key", "past_value"):
            test.array(f"{name}.{part}", PAST * kv_heads * head)
        if masked:
            test.array(f"{name}.bias", max(NEW_ROWS) * (max(NEW_ROWS) + PAST))
        for rows in NEW_ROWS:
            for past in (0, PAST):
                total = past + rows
                inputs = {part: {"array": f"{name}.{part}", "shape": [1, rows, width]} for part, width in widths.items()}
                for part in ("past_key", "past_value"):
                    inputs[part] = {"array": f"{name}.{part}", "shape": [1, kv_heads, past, head]}
                inputs["seqlens_k"] = {"ints": [total - 1], "type": "int32", "shape": [1]}
                inputs["total_length"] = {"ints": [total], "type": "int32", "shape": []}
                if masked:
                    inputs["attention_bias"] = {"array": f"{name}.bias", "shape": [1, 1, rows, total]}
                tensors = {key: test.take(value["array"], tuple(value["shape"])) for key, value in inputs.items() if "array" in value}
                expected = causal_attention(tensors, heads, kv_heads, head)
                test.check(f"{name}, {rows} rows after {past}", graphs, inputs, expected)


def causal_attention(tensors: dict[str, np.ndarray], heads: int, kv_heads: int, head: int) -> np.ndarray:
    """Grouped-query causal attention in float64: [1, rows, heads * head]."""
    def split(value: np.ndarray, count: int) -> np.ndarray:
        return value.astype(np.float64).reshape(1, -1, count, head).transpose(0, 2, 1, 3)

    query = split(tensors["query"], heads)
    key = np.concatenate([tensors["past_key"].astype(np.float64), split(tensors["key"], kv_heads)], axis=2)
    value = np.concatenate([tensors["past_value"].astype(np.float64), split(tensors["value"], kv_heads)], axis=2)
    key, value = (np.repeat(part, heads // kv_heads, axis=1) for part in (key, value))
    scores = query @ key.transpose(0, 1, 3, 2) * head**-0.5 + tensors.get("attention_bias", 0.0)
    rows, total = scores.shape[-2:]
    future = np.arange(total)[None, :] > np.arange(rows)[:, None] + total - rows
    scores = np.where(future, -np.inf, scores)
    return (softmax(scores) @ value).transpose(0, 2, 1, 3).reshape(1, rows, heads * head)


def softmax(scores: np.ndarray) -> np.ndarray:
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def matmul_checks(test: SelfTest) -> None:
    weight = (test.random.standard_normal((MATMUL_N, MATMUL_K)) * 0.1).astype(np.float32)

    def build(graph: GraphBuilder) -> None:
        value = graph.to_compute(graph.input("input", np.float32, ["batch_size", "rows", MATMUL_K]), "/input/Cast")
        add_output(graph, graph.linear("/matmul", value, weight), MATMUL_N)

    graphs = save_typed(test, "matmul4", build)
    rounded = dequantise_blocks(*quantise_blocks(weight), weight.shape).astype(np.float64)
    test.array("matmul4.input", max(NEW_ROWS) * MATMUL_K, 24.0)
    for rows in NEW_ROWS:
        shape = [1, rows, MATMUL_K]
        expected = test.take("matmul4.input", tuple(shape)).astype(np.float64) @ rounded.T
        test.check(f"matmul4, {rows} rows", graphs, {"input": {"array": "matmul4.input", "shape": shape}}, expected)


def softmax_checks(test: SelfTest) -> None:
    width = 300

    def build(graph: GraphBuilder) -> None:
        value = graph.to_compute(graph.input("input", np.float32, ["batch_size", "rows", width]), "/input/Cast")
        add_output(graph, graph.node("Softmax", [value], "/softmax", axis=-1), width)

    graphs = save_typed(test, "softmax", build)
    test.array("softmax.input", 4 * width, 100.0)
    expected = softmax(test.take("softmax.input", (1, 4, width)).astype(np.float64))
    test.check("softmax, 4 rows", graphs, {"input": {"array": "softmax.input", "shape": [1, 4, width]}}, expected)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the GPU self-test's graphs and expected numbers.")
    parser.add_argument("--out", required=True, help="folder to write; its files are replaced")
    test = SelfTest(Path(parser.parse_args().out))
    attention_checks(test)
    matmul_checks(test)
    softmax_checks(test)
    test.write()
    for file in sorted(test.out.iterdir()):
        print(f"{file.name}  {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
