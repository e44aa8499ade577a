"""The automatic checks of an application, one module per family: each reads, none writes, and none decides."""
