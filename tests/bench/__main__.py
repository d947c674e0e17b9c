"""`make bench`: every group in turn; exit code 1 when one is short of its bar."""

from __future__ import annotations

import importlib
import sys

GROUPS = (
    "startup",
    "screening",
    "latency",
    "concurrency",
    "turn_taking",
    "evaluation",
    "report",
    "fields",
    "robustness",
    "tampering",
    "verdicts",
    "duplicates",
    "rescoring",
    "determinism",
    "throughput",
    "delivery",
    "load",
    "ranking",
    "skills",
    "invariance",
    "console",
)


def main() -> int:
    held = [importlib.import_module(f"tests.bench.{name}").main() for name in GROUPS]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
