"""What stands in the head of every answer, whoever asked for what (SEC-18, SEC-19)."""

from collections.abc import Mapping

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NEVER = ("Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
NOTHING_MORE = ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "default-src 'none'")
# A mail as it was sent, drawn in a frame of one page: it has a stricter policy of its own.
_FRAMED = "frame-ancestors 'self'"


def head_complaints(headers: Mapping[str, str], *, signed_in: bool, public: bool) -> list[str]:
    """Say what is missing from the head of an answer, or too much."""
    found = [f"{name} is {headers.get(name)}" for name, said in ALWAYS.items() if headers.get(name) != said]
    found += [f"has {name}" for name in NEVER if name in headers]
    policy = headers.get("Content-Security-Policy", "")
    if _FRAMED not in policy:
        found += [f"no {words}" for words in NOTHING_MORE if words not in policy]
        found += [f"allows {words}" for words in ("unsafe", "*", "data:", "http:") if words in policy]
    cached = headers.get("Cache-Control", "")
    if "no-store" not in cached and (signed_in or "no-cache" not in cached):
        found.append(f"Cache-Control is {cached!r}")
    if not public and "noindex" not in headers.get("X-Robots-Tag", ""):
        found.append("may be indexed")
    return found
