"""Exit code 0 while the service in this container answers. What the image's HEALTHCHECK runs; `ready` as an argument
asks whether it can work, too."""

import os
import sys
import urllib.error
import urllib.request


def answers(path: str) -> bool:
    address = f"http://127.0.0.1:{os.environ.get('FOYER_PORT', '8000')}/{path}"
    try:
        with urllib.request.urlopen(address, timeout=4) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


if __name__ == "__main__":
    sys.exit(0 if answers("ready" if "ready" in sys.argv[1:] else "healthz") else 1)
