"""What is searched, as expressions: an index serves a query only if both say the same."""

from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db.models import Case, F, Func, IntegerField, TextField, Value, When
from django.db.models.functions import MD5, Length, Lower, Replace, Reverse
from django.db.models.lookups import Exact

from accounts import folding

# Of no language: facts come in sixty countries' own.
CONFIG = "simple"


def folded(column: str) -> Any:
    """Return a column in small letters without accents, as the words are that are searched for (accounts.folding).

    Folding costs fifty times as much as small letters alone, so only texts that need it are folded.
    """
    text: Any = F(column)
    for letter, written in folding.DOUBLE:
        text = Replace(text, Value(letter), Value(written))
    small = Lower(Func(text, Value(folding.FROM), Value(folding.TO), function="TRANSLATE"))
    plain = Exact(Length(column), Func(F(column), function="OCTET_LENGTH", output_field=IntegerField()))
    return Case(When(plain, then=Lower(column)), default=small, output_field=TextField())


def squeezed(column: str) -> Any:
    """Return the letters and digits of a number of a case or an order, small: what people write alike."""
    return Func(Lower(column), Value("[^[:alnum:]]+"), Value(""), Value("g"), function="regexp_replace")


FACTS_VECTOR = SearchVector(*map(folded, ("title", "offence", "facts", "connection")), config=CONFIG)
WORDS_VECTOR = SearchVector(folded("text"), config=CONFIG)
# The same words, however they are spaced and capitalised.
FACTS_DIGEST = MD5(Lower(Func("facts", Value(r"\s+"), Value(" "), Value("g"), function="regexp_replace")))
# An identifier from its beginning, and from its end.
FROM_START = Lower("normalised")
FROM_END = Reverse(Lower("normalised"))
