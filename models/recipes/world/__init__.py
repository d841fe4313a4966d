"""The world of coloured shapes: scenes, drawing, questions, prompts, the tokenizer of its text, data sets and sample pictures."""
