"""The company's own question, before it answers a customer: `python -m lers.company.asking PORTAL --account …`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from foundation.providers.conformance.calling import Caller, Unreachable, json_object

# docs/restrictions.md
PATH = "/company/v1/restrictions"


def main(arguments: list[str] | None = None) -> int:
    """Ask once and print what the company does and what its customer reads."""
    given = _parser().parse_args(arguments)
    keys: dict[str, str] = json.loads(given.keys.read_text())
    key_id, secret = next(iter(keys.items()))
    body = json_object(key=given.key, account=given.account, asks=given.asks, language=given.language)
    try:
        heard = Caller(given.portal, key_id, secret).call(PATH, body)
    except Unreachable as error:
        return _no(str(error))
    if heard.signature_problem:
        # Whoever answers instead of the portal could have the company delete what must stay.
        return _no(f"The answer is not believed: {heard.signature_problem}")
    if heard.status != 200:
        return _no(f"The portal answered {heard.status} {heard.code}.")
    told: dict[str, Any] = json.loads(heard.body)
    customer = told["customer"]
    sys.stdout.write(
        f"The company does: {told['does']}\nAsk again as: {told['key']}\n\n"
        f"The customer reads at once:\n{customer['received']}\n\n"
        f"And on {customer['answer_on']}:\n{customer['answer']}\n"
    )
    return 0


def _no(why: str) -> int:
    sys.stderr.write(f"{why} Nothing is deleted and nothing is sent; ask again later.\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lers.company.asking", description="Ask before answering.")
    parser.add_argument("portal", help="the portal's address, like http://localhost:8000")
    parser.add_argument("--keys", type=Path, default=Path("var/secrets/company_keys.json"))
    parser.add_argument("--account", required=True)
    parser.add_argument("--asks", choices=["access", "deletion"], default="access")
    parser.add_argument("--language", default="en")
    parser.add_argument("--key", default=f"dsr-{uuid4().hex[:12]}", help="the company's own name for the question")
    return parser


if __name__ == "__main__":
    sys.exit(main())
