"""Fifty at once: one effect, one entry, one message, and a clear answer for everybody else."""
