"""The reference in PyTorch, and the golden numbers of the parity tests and of the GPU self-test."""
