"""What the database says and the trail does not: rows that somebody changed by hand.

verify_audit says whether the trail is whole; this asks whether it is true. Each check reads rows in the order of their
keys, a batch at a time, and the entries about them by the index on objects.
"""
