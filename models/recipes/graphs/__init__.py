"""The ONNX graphs themselves: the shape read from a configuration, node by node construction, 4-bit rounding, external data."""
