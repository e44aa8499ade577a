"""Entry point of the reference company: `python -m lers.company --var FOLDER --keys FILE --port 8090`."""

import argparse
import logging
import signal
import ssl
import sys
import threading
from pathlib import Path

from lers.company.books import Books
from lers.company.company import Company
from lers.company.doors import Doors
from lers.company.exports import Exports
from lers.company.faults import Faults
from lers.company.sample import SampleExchange
from lers.company.server import Server


def main(arguments: list[str] | None = None) -> int:
    """Answer until asked to stop."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    books, faults, systems = Books(given.var), Faults(), SampleExchange(given.seed)
    exports = Exports(books, systems, given.var / "exports", faults, page=given.files_per_page, patience=given.patience)
    company = Company(given.name, books, systems, exports, follow_clock=given.follow_clock)
    server = Server((given.host, given.port), company, Doors(given.keys, books), faults, faulty=given.faults)
    if given.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate, given.certificate_key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        # In a thread of its own: shutdown() waits for the loop that this handler interrupts.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    print(f"The company answers at {given.host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()
        books.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lers.company", description="The reference company.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one, said in the first line")
    parser.add_argument("--var", type=Path, required=True, help="its own folder: books and files of exports")
    parser.add_argument("--keys", type=Path, required=True, help='JSON file: {"key id": "secret", …}')
    parser.add_argument("--seed", default="meridian", help="which generated exchange stands behind it")
    parser.add_argument("--name", default="Meridian Exchange")
    parser.add_argument("--files-per-page", type=int, default=20)
    parser.add_argument("--patience", type=float, default=0.5, help="seconds before an export is answered 202")
    parser.add_argument("--follow-clock", action="store_true", help="take the portal's time for its own (demo)")
    parser.add_argument("--faults", action="store_true", help="POST /faults from this machine breaks things")
    parser.add_argument("--certificate", type=Path, help="PEM; with it the server speaks TLS")
    parser.add_argument("--certificate-key", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
