"""Recipes of the embedded model: its world, tokenizer, training, evaluation and export."""
