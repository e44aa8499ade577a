"""Words as people search for them: small letters without accents, so that "Malmo" finds "Malmö"."""

_ACCENTED = {
    "a": "ÀÁÂÃÄÅĀĂĄàáâãäåāăą", "c": "ÇĆĈĊČçćĉċč", "d": "ĎĐďđ", "e": "ÈÉÊËĒĔĖĘĚèéêëēĕėęě", "g": "ĜĞĠĢĝğġģ", "h": "ĤĦĥħ",
    "i": "ÌÍÎÏĨĪĬĮİìíîïĩīĭįı", "j": "Ĵĵ", "k": "Ķķ", "l": "ĹĻĽŁĺļľł", "n": "ÑŃŅŇñńņň", "o": "ÒÓÔÕÖØŌŎŐòóôõöøōŏő",
    "r": "ŔŖŘŕŗř", "s": "ŚŜŞŠȘśŝşšș", "t": "ŢŤŦȚţťŧț", "u": "ÙÚÛÜŨŪŬŮŰŲùúûüũūŭůűų", "w": "Ŵŵ", "y": "ÝŶŸýÿŷ",
    "z": "ŹŻŽźżž",
}  # fmt: skip
# The two arguments of PostgreSQL's translate(); a migration holds the same letters.
FROM = "".join(_ACCENTED.values())
TO = "".join(letter * len(forms) for letter, forms in _ACCENTED.items())
# One letter that is written as two where it is missing on the keyboard.
DOUBLE = (("ß", "ss"), ("æ", "ae"), ("Æ", "ae"), ("œ", "oe"), ("Œ", "oe"))

_TABLE = str.maketrans(FROM, TO)


def fold(text: str) -> str:
    """Return the text in small letters without accents, as `Agency.search_text` holds it."""
    for letter, written in DOUBLE:
        text = text.replace(letter, written)
    return text.translate(_TABLE).lower()
