"""Real weights behind our decoder: SmolLM2-135M-Instruct in the layout of Qwen2.5-VL, and what PyTorch says of it."""
