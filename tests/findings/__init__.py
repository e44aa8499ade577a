"""The classes of PyPI's 32 audit findings, tried against this portal."""
