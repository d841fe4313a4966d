"""Exports with random weights in the true shape of a released model."""
