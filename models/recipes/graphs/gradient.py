"""The gradient graph: the reward of rows that follow a cache, and its derivative by those rows, with the backward pass written out."""

from __future__ import annotations

import numpy as np

from .builder import GraphBuilder
from .stored_decoder import StoredDecoder
from .quantise import BLOCK
from .text import INT64_MAX, MASKED, mrope_cache

BASE = "/gradient"


class _Linear:
    """One product of the decoder: x @ W (+ b), and d @ W^T on the way back. `kernel` is [in, out], `transposed` [out, in]."""

    def __init__(self, g: _Gradient, basename: str):
        self.g, self.basename = g, basename
        stem = f"{basename}/MatMul"[1:].replace("/", ".")
        self.kernel, self.transposed = g.kernel(f"{stem}.weight")
        bias = f"{basename}/Add"[1:].replace("/", ".") + ".bias"
        self.bias = g.floats(bias) if bias in g.decoder.initializers else None

    def forward(self, value: str) -> str:
        result = self.g.op("MatMul", value, self.kernel)
        return result if self.bias is None else self.g.op("Add", result, self.bias)

    def backward(self, gradient: str) -> str:
        return self.g.op("MatMul", gradient, self.transposed)


class _Norm:
    """An RMS norm; keeps what its way back needs."""

    def __init__(self, g: _Gradient, name: str):
        self.g, self.scale = g, g.floats(name)

    def forward(self, value: str) -> str:
        g = self.g
        mean = g.op("ReduceMean", g.op("Mul", value, value), g.ints(-1), keepdims=1)
        self.inverse = g.op("Reciprocal", g.op("Sqrt", g.op("Add", mean, g.float_scalar(g.decoder.text["rms_norm_eps"]))))
        self.normed = g.op("Mul", value, self.inverse)
        return g.op("Mul", self.normed, self.scale)

    def backward(self, gradient: str) -> str:
        g = self.g
        scaled = g.op("Mul", gradient, self.scale)
        along = g.op("ReduceMean", g.op("Mul", scaled, self.normed), g.ints(-1), keepdims=1)
        return g.op("Mul", self.inverse, g.op("Sub", scaled, g.op("Mul", self.normed, along)))


class _Mlp:
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    def __init__(self, g: _Gradient, base: str):
        self.g = g
        self.gate, self.up, self.down = (_Linear(g, f"{base}/{part}_proj") for part in ("gate", "up", "down"))

    def forward(self, value: str) -> str:
        g = self.g
        self.gated, self.lifted = self.gate.forward(value), self.up.forward(value)
        self.sigmoid = g.op("Sigmoid", self.gated)
        self.act = g.op("Mul", self.gated, self.sigmoid)
        return self.down.forward(g.op("Mul", self.act, self.lifted))

    def backward(self, gradient: str) -> str:
        g = self.g
        inner = self.down.backward(gradient)
        # silu'(x) = s (1 + x (1 - s)) = s + act (1 - s)
        slope = g.op("Add", self.sigmoid, g.op("Mul", self.act, g.op("Sub", g.float_scalar(1.0), self.sigmoid)))
        gated = g.op("Mul", g.op("Mul", inner, self.lifted), slope)
        return g.op("Add", self.gate.backward(gated), self.up.backward(g.op("Mul", inner, self.act)))


class _Attention:
    """Attention of the new rows over the cache and themselves; heads that share keys lie one after another: [KV, G*n, d]."""

    def __init__(self, g: _Gradient, index: int):
        self.g, self.index = g, index
        base = f"/model/layers.{index}/attn"
        self.q, self.k, self.v, self.o = (_Linear(g, f"{base}/{part}_proj") for part in "qkvo")
        config = g.decoder.text
        self.heads, self.shared, self.size = config["num_attention_heads"], config["num_key_value_heads"], g.decoder.head_size

    def forward(self, value: str) -> str:
        g = self.g
        self.queries = self._grouped(g.rotated(self.q.forward(value)))
        self.keys = self._joined("key", g.rotated(self.k.forward(value)))
        self.values = self._joined("value", self.v.forward(value))
        scores = g.op("MatMul", self.queries, g.op("Transpose", self.keys, perm=[0, 2, 1]))
        scores = g.op("Add", g.op("Mul", scores, self._scale()), g.mask)
        self.weights = g.op("Softmax", scores, axis=-1)
        return self.o.forward(self._rows(g.op("MatMul", self.weights, self.values)))

    def backward(self, gradient: str) -> str:
        g = self.g
        mixed = self._grouped(self.o.backward(gradient))
        toward = g.op("MatMul", mixed, g.op("Transpose", self.values, perm=[0, 2, 1]))
        along = g.op("ReduceSum", g.op("Mul", toward, self.weights), g.ints(-1), keepdims=1)
        scores = g.op("Mul", g.op("Mul", self.weights, g.op("Sub", toward, along)), self._scale())
        # The cache stays as it is: of keys and values only the new rows' are followed further.
        queries = g.rotated(self._rows(g.op("MatMul", scores, self.keys)), back=True)
        keys = g.rotated(self._shared_rows(g.op("MatMul", self._of_new(scores), self.queries)), back=True)
        values = self._shared_rows(g.op("MatMul", self._of_new(self.weights), mixed))
        return g.op("Add", g.op("Add", self.q.backward(queries), self.k.backward(keys)), self.v.backward(values))

    def _scale(self) -> str:
        return self.g.float_scalar(float(self.size**-0.5))

    def _grouped(self, rows: str) -> str:
        """[1, n, heads*d] -> [KV, G*n, d]"""
        g = self.g
        split = g.op("Reshape", rows, g.ints(-1, self.heads, self.size))
        return g.op("Reshape", g.op("Transpose", split, perm=[1, 0, 2]), g.ints(self.shared, -1, self.size))

    def _rows(self, grouped: str) -> str:
        """[KV, G*n, d] -> [1, n, heads*d]"""
        g = self.g
        split = g.op("Reshape", grouped, g.ints(self.heads, -1, self.size))
        return g.op("Reshape", g.op("Transpose", split, perm=[1, 0, 2]), g.ints(1, -1, self.heads * self.size))

    def _shared_rows(self, split: str) -> str:
        """[KV, n, d] -> [1, n, KV*d]"""
        g = self.g
        return g.op("Reshape", g.op("Transpose", split, perm=[1, 0, 2]), g.ints(1, -1, self.shared * self.size))

    def _joined(self, part: str, rows: str) -> str:
        """The cache's rows and the new ones: [KV, P + n, d]"""
        g = self.g
        split = g.op("Transpose", g.op("Reshape", rows, g.ints(-1, self.shared, self.size)), perm=[1, 0, 2])
        return g.op("Concat", g.past(f"past_key_values.{self.index}.{part}"), split, axis=1)

    def _of_new(self, columns: str) -> str:
        """The columns of the new rows, [KV, G*n, P + n] -> [KV, n, G*n]"""
        g = self.g
        new = g.op("Slice", columns, g.past_length, g.ints(INT64_MAX), g.ints(2))
        return g.op("Transpose", new, perm=[0, 2, 1])


class _Gradient(GraphBuilder):
    """A graph that computes in float32, whatever type the decoder's weights and cache have."""

    def __init__(self, decoder: StoredDecoder):
        super().__init__("decoder_gradient", np.float32, quantised=False)
        self.decoder = decoder
        self._count = 0

    def op(self, op: str, *inputs: str, domain: str = "", **attributes) -> str:
        """Adds a node; returns its output's name."""
        self._count += 1
        return self.node(op, list(inputs), f"{BASE}/{op}_{self._count}", domain=domain, **attributes)

    def weight(self, name: str, array: np.ndarray) -> str:
        """Stores an array; one that the decoder has under the same name with the same values is taken from there."""
        if name in self.decoder.initializers and np.array_equal(self.decoder.tensor(name), array):
            self.initializers[name] = self.decoder.record(name)
            return name
        return super().weight(name, array)

    def stored(self, name: str) -> str:
        """One of the decoder's weights as it lies there."""
        self.initializers[name] = self.decoder.record(name)
        return name

    def floats(self, name: str) -> str:
        """One of the decoder's weights in float32."""
        return self.cast_to_float(self.stored(name), self.decoder.initializers[name].data_type)

    def cast_to_float(self, value: str, kind: int) -> str:
        return value if kind == 1 else self.op("Cast", value, to=1)

    def kernel(self, name: str) -> tuple[str, str]:
        """The weight of a product as [in, out] and as [out, in]; out of 4-bit blocks where the decoder has those."""
        if name in self.decoder.initializers:
            kernel = self.floats(name)
            return kernel, self.op("Transpose", kernel, perm=[1, 0])
        packed, scales, zeros = (self.stored(f"{name}_{part}") for part in ("quant", "scales", "zp"))
        rows, blocks, _ = self.decoder.initializers[packed].dims
        codes = self.op("Reshape", self._nibbles(packed), self.ints(rows, blocks, BLOCK))
        points = self.op("Reshape", self._nibbles(zeros), self.ints(rows, -1, 1))
        if blocks % 2:
            points = self.op("Slice", points, self.ints(0), self.ints(blocks), self.ints(1))
        scale = self.op("Reshape", self.cast_to_float(scales, self.decoder.initializers[scales].data_type), self.ints(rows, blocks, 1))
        values = self.op("Mul", self.op("Sub", codes, points), scale)
        transposed = self.op("Reshape", values, self.ints(rows, blocks * BLOCK))
        return self.op("Transpose", transposed, perm=[1, 0]), transposed

    def _nibbles(self, packed: str) -> str:
        """Bytes [..., m] as the numbers of their halves [..., m, 2], the low one first, in float32."""
        low = self.op("BitwiseAnd", packed, self.weight("gradient.low_half", np.array(15, dtype=np.uint8)))
        high = self.op("BitShift", packed, self.weight("gradient.half", np.array(4, dtype=np.uint8)), direction="RIGHT")
        halves = [self.op("Unsqueeze", half, self.ints(-1)) for half in (low, high)]
        return self.op("Cast", self.op("Concat", *halves, axis=-1), to=1)

    def past(self, name: str) -> str:
        """The rows of the cache that are filled, without the batch: [KV, P, d] in float32."""
        filled = self.op("Slice", name, self.ints(0), self.past_length, self.ints(2))
        filled = self.cast_to_float(filled, self.cache_type)
        return self.op("Squeeze", filled, self.ints(0))

    def rotated(self, rows: str, *, back: bool = False) -> str:
        """M-RoPE on rows [1, n, heads*d]; `back` turns the other way, which is the derivative's."""
        positions, cos, sin = self.rotary
        return self.op("RotaryEmbedding", rows, positions, cos, self.sin_back if back else sin, domain="com.microsoft", interleaved=0)


def gradient_graph(decoder: StoredDecoder, half: bool) -> GraphBuilder:
    """Builds the graph. `half`: whether the decoder's cache is float16.

    Inputs: `inputs_embeds` float32 [1, n, H], `position_ids` int64 [3, 1, n], `past_key_values.i.key|value` [1, KV, C, d] as the decoder
    keeps them, `past_length` int64 [1] (rows of the cache that are filled, at most C), `row_weights` float32 [n] (what each row's term counts,
    0 for rows that are not scored), `top_k` int64 [1].
    Outputs: `reward` float32 [] = 1 + sum over rows of weight * sum over the k largest p of p ln p, and `gradient` float32 [1, n, H], its
    derivative by `inputs_embeds`. Which tokens are the k largest is taken as fixed.
    """
    config, g = decoder.text, _Gradient(decoder)
    cache = np.float16 if half else np.float32
    value = g.input("inputs_embeds", np.float32, [1, "rows", config["hidden_size"]])
    g.input("position_ids", np.int64, [3, 1, "rows"])
    for index in range(config["num_hidden_layers"]):
        for part in ("key", "value"):
            g.input(f"past_key_values.{index}.{part}", cache, [1, config["num_key_value_heads"], "capacity", decoder.head_size])
    g.past_length = g.input("past_length", np.int64, [1])
    g.input("row_weights", np.float32, ["rows"])
    g.input("top_k", np.int64, [1])
    g.output("reward", np.float32, [])
    g.output("gradient", np.float32, [1, "rows", config["hidden_size"]])

    g.cache_type = 10 if half else 1
    g.rotary = mrope_cache(g, decoder)
    g.sin_back = g.op("Neg", g.rotary[2])
    g.mask = _mask(g)
    layers = []
    for index in range(config["num_hidden_layers"]):
        base = f"/model/layers.{index}"
        for norm, part in (("input", _Attention(g, index)), ("post_attention", _Mlp(g, f"{base}/mlp"))):
            norm = _Norm(g, f"model.layers.{index}.{norm}_layernorm.weight")
            value = g.op("Add", value, part.forward(norm.forward(value)))
            layers.append((norm, part))
    norm = _Norm(g, f"model.layers.{len(layers) // 2}.final_norm_layernorm.weight")
    head = _Linear(g, "/lm_head")
    gradient = norm.backward(head.backward(_reward(g, head.forward(norm.forward(value)))))
    for number, (norm, part) in enumerate(reversed(layers), start=1):
        branch = norm.backward(part.backward(gradient))
        outputs = {"outputs": ["gradient"]} if number == len(layers) else {}
        gradient = g.node("Add", [gradient, branch], f"{BASE}/residual_{number}", **outputs)
    return g


def _mask(g: _Gradient) -> str:
    """What is added to the scores [G*n, P + n]: a row sees the cache and the rows up to itself."""
    shape = g.op("Shape", "position_ids")
    rows = g.op("Slice", shape, g.ints(2), g.ints(3))
    rows, past = (g.op("Squeeze", value, g.ints(0)) for value in (rows, g.past_length))
    total = g.op("Add", rows, past)
    columns = g.op("Range", g.int_scalar(0), total, g.int_scalar(1))
    own = g.op("Unsqueeze", g.op("Range", past, total, g.int_scalar(1)), g.ints(1))
    mask = g.op("Where", g.op("LessOrEqual", columns, own), g.float_scalar(0.0), g.float_scalar(MASKED))
    group = g.decoder.text["num_attention_heads"] // g.decoder.text["num_key_value_heads"]
    return g.op("Tile", mask, g.ints(group, 1))


def _reward(g: _Gradient, logits: str) -> str:
    """Adds the output `reward` of logits [1, n, V]; returns its derivative by them."""
    weights = g.op("Unsqueeze", "row_weights", g.ints(0, 2))
    largest = g.node("TopK", [logits, "top_k"], f"{BASE}/TopK", outputs=[f"{BASE}/TopK/values", f"{BASE}/TopK/ids"], axis=-1)
    lowest = g.op("ReduceMin", largest, g.ints(-1), keepdims=1)
    kept = g.cast(g.op("GreaterOrEqual", logits, lowest), np.float32, f"{BASE}/kept/Cast")
    shifted = g.op("Sub", logits, g.op("ReduceMax", logits, g.ints(-1), keepdims=1))
    exponentials = g.op("Exp", shifted)
    total = g.op("ReduceSum", exponentials, g.ints(-1), keepdims=1)
    probabilities, logs = g.op("Div", exponentials, total), g.op("Sub", shifted, g.op("Log", total))
    terms = g.op("Mul", g.op("Mul", g.op("Mul", probabilities, logs), kept), weights)
    g.node("Add", [g.op("ReduceSum", terms, keepdims=0), g.float_scalar(1.0)], f"{BASE}/reward/Add", outputs=["reward"])
    # d/dp of p ln p, through the softmax.
    slopes = g.op("Mul", g.op("Mul", g.op("Add", logs, g.float_scalar(1.0)), kept), weights)
    along = g.op("ReduceSum", g.op("Mul", slopes, probabilities), g.ints(-1), keepdims=1)
    return g.op("Mul", probabilities, g.op("Sub", slopes, along))
