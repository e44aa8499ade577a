"""Whether a company's side of the connector does what docs/connector.md says: asked from outside, call by call."""
