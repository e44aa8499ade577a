"""What is searched, as expressions: an index serves a query only if both say the same."""

from django.contrib.postgres.search import SearchVector
from django.db.models import Func, Value
from django.db.models.functions import MD5, Lower, Reverse

# Of no language: facts come in sixty countries' own.
CONFIG = "simple"
FACTS_VECTOR = SearchVector("title", "offence", "facts", "connection", config=CONFIG)
WORDS_VECTOR = SearchVector("text", config=CONFIG)
# The same words, however they are spaced and capitalised.
FACTS_DIGEST = MD5(Lower(Func("facts", Value(r"\s+"), Value(" "), Value("g"), function="regexp_replace")))
# An identifier from its beginning, and from its end.
FROM_START = Lower("normalised")
FROM_END = Reverse(Lower("normalised"))
