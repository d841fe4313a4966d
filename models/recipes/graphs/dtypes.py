"""The dtypes a model is exported in."""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np


class Dtype(NamedTuple):
    """The files' suffix, the type of the matrix products, whether weights are 4-bit, and what a WebGPU adapter must have."""

    suffix: str
    compute: type
    quantised: bool
    needs: tuple[str, ...] = ()


DTYPES = {
    "fp32": Dtype("", np.float32, False),
    "fp16": Dtype("_fp16", np.float16, False, ("shader-f16",)),
    "q4": Dtype("_q4", np.float32, True),
    "q4f16": Dtype("_q4f16", np.float16, True, ("shader-f16",)),
}


def dtype_list(parser: argparse.ArgumentParser, value: str) -> list[str]:
    """The dtypes of a comma-separated list; ends the command when there are none or others than `DTYPES`."""
    dtypes = [name.strip() for name in value.split(",") if name.strip()]
    if not dtypes or set(dtypes) - set(DTYPES):
        parser.error(f"The types are {', '.join(DTYPES)}; got {value!r}.")
    return dtypes
