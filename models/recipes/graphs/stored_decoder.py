"""The weights of a decoder that has been exported, for another graph that computes with the very same bytes of the very same file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import StringStringEntryProto, TensorProto, numpy_helper

from .dtypes import DTYPES
from .external_data import INLINE_BYTES
from .model_shape import CheckpointError, ModelShape
from .quantise import dequantise_blocks


class StoredDecoder(ModelShape):
    """The decoder of one dtype in a folder that recipes.export wrote. Throws CheckpointError for a folder without it."""

    def __init__(self, folder: Path, dtype: str):
        config = folder / "config.json"
        self.path = folder / "onnx" / f"decoder_model_merged{DTYPES[dtype].suffix}.onnx"
        for file in (config, self.path):
            if not file.is_file():
                raise CheckpointError(f"{file} does not exist; expected a folder that recipes.export wrote, with the type {dtype}.")
        super().__init__(json.loads(config.read_text()), str(config))
        self._bytes = self.path.read_bytes()
        self.initializers = {tensor.name: tensor for tensor in onnx.load_model_from_string(self._bytes).graph.initializer}
        outside = next((name for name, tensor in self.initializers.items() if tensor.data_location == TensorProto.EXTERNAL), None)
        if outside is not None:
            raise CheckpointError(f"{self.path} keeps {outside} in a file beside it; only decoders that hold their own weights are small "
                                  "enough for a gradient.")

    def record(self, name: str) -> TensorProto:
        """One initializer for another graph of the same folder: a small one itself, of a large one where it lies in the decoder's file.

        Throws CheckpointError when the decoder has none of that name.
        """
        tensor = self._initializer(name)
        size = len(tensor.raw_data)
        if size < INLINE_BYTES:
            return tensor
        record = TensorProto(name=name, data_type=tensor.data_type, dims=tensor.dims, data_location=TensorProto.EXTERNAL)
        place = {"location": self.path.name, "offset": str(self._bytes.index(tensor.raw_data)), "length": str(size)}
        record.external_data.extend(StringStringEntryProto(key=key, value=value) for key, value in place.items())
        return record

    def tensor(self, name: str) -> np.ndarray:
        """The initializer of this name in float32; for the stem of a product (`….MatMul.weight`) [in, out], out of 4-bit blocks too."""
        if name in self.initializers:
            return numpy_helper.to_array(self.initializers[name]).astype(np.float32)
        packed, scales, zeros = (numpy_helper.to_array(self._initializer(f"{name}_{part}")) for part in ("quant", "scales", "zp"))
        shape = (packed.shape[0], packed.shape[1] * packed.shape[2] * 2)
        return dequantise_blocks(packed, scales.astype(np.float32), zeros, shape).T

    def _initializer(self, name: str) -> TensorProto:
        if name not in self.initializers:
            raise CheckpointError(f"{self.path} has no {name}; it is of another layout than recipes.export writes.")
        return self.initializers[name]
