"""Interleaved vision-text latent reasoning (IVT-LR, arXiv 2510.12603): curriculum, latent steps, evaluation with audits."""
