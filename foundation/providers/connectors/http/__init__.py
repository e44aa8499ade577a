"""The connector over HTTP: signing, the words on the wire, the client, and the connector itself.

signing, codec and wire know nothing of Django's rows: the other side of the wire may use them too. What a company has
to write stands in docs/connector.md and docs/connector-openapi.yaml.
"""
