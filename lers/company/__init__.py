"""The reference company: the other side of the connector over HTTP, as a process of its own.

The demo and the tests talk to it; a company that writes its own side starts here (docs/connector.md). It knows nothing
of the portal: no rows, no settings, only the wire and the generated exchange.
"""
