"""A generated exchange: accounts, identities, sign-ins and transactions of people who do not exist."""
