"""Model folders in the layout of the Hub: weights, tokenizer and processor files, manifest."""
