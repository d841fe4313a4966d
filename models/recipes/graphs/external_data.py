"""Writes weights to files beside a graph as they come, so that no more than one of them is ever held in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import StringStringEntryProto, TensorProto, helper

#: Weights smaller than this stay in the graph.
INLINE_BYTES = 1024
#: Every weight starts at a multiple of this.
ALIGNMENT = 64
#: Most bytes of one file unless told otherwise: browsers hold a file of this size in one buffer without trouble.
SHARD_BYTES = 1_000_000_000


class DataFiles:
    """The data files of one graph: `<graph>_data`, then `<graph>_data_1`, `<graph>_data_2` and so on.

    A file is closed before it would exceed `shard_bytes`; a single weight above that size gets a file of its own.
    """

    def __init__(self, graph: Path, shard_bytes: int = SHARD_BYTES):
        self.graph = graph
        self.shard_bytes = shard_bytes
        self.paths: list[Path] = []
        self._file = None

    def store(self, name: str, array: np.ndarray) -> TensorProto:
        """Appends an array to the current file; returns the record that points to it."""
        size = array.nbytes
        offset = 0 if self._file is None else -(-self._file.tell() // ALIGNMENT) * ALIGNMENT
        if self._file is None or (offset and offset + size > self.shard_bytes):
            offset = 0
            self._open_next()
        self._file.seek(offset)
        self._file.write(memoryview(np.ascontiguousarray(array)).cast("B"))
        record = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(array.dtype), dims=array.shape,
                             data_location=TensorProto.EXTERNAL)
        place = {"location": self.paths[-1].name, "offset": str(offset), "length": str(size)}
        record.external_data.extend(StringStringEntryProto(key=key, value=value) for key, value in place.items())
        return record

    def close(self) -> list[Path]:
        """Ends the last file; returns all of them."""
        if self._file is not None:
            self._file.close()
            self._file = None
        return self.paths

    def _open_next(self) -> None:
        self.close()
        self.graph.parent.mkdir(parents=True, exist_ok=True)
        suffix = f"_data_{len(self.paths)}" if self.paths else "_data"
        self.paths.append(self.graph.with_name(self.graph.name + suffix))
        self._file = self.paths[-1].open("wb")
