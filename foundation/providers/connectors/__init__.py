"""Connectors: what the portal asks of a company's own systems, and the systems that can answer."""
