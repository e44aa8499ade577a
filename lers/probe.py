"""The health check of a container: `python lers/probe.py`; exit 0 when the portal here can work. Standard library only.

It asks under the public name: the portal answers to no other.
"""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def main() -> int:
    """Ask /readyz on this machine and print its answer."""
    public = urlsplit(os.environ.get("PUBLIC_URL", "http://localhost:8000"))
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz"
    headers = {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
            print(answer.read().decode())
    except urllib.error.HTTPError as error:
        print(error.code, error.read(2000).decode(errors="replace"), file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
