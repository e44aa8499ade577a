"""Connectors: what the portal asks of a company's own systems, and the systems that can answer.

base has the words and stands on nothing; registry says which connector a provider has.
"""
