"""M3CoT and ScienceQA as they are published, read for training and written as datasets for the evaluation."""
