"""Connectors: what the portal asks of a company's own systems, and the systems that can answer."""

from foundation.providers.connectors.registry import connector_for

__all__ = ["connector_for"]
