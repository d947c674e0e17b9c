"""Makes the keys that several machines share, before the first start: `python -m deploy.keys FOLDER`. What is there
already stays as it is. Afterwards they belong where your other secrets are kept, and nowhere else."""

import sys
from pathlib import Path

from api.demographics import KEY
from api.security import kept_secret
from compliance.master import FILE, MasterKeys

NAMES = ("secret.key", FILE, KEY)


def make(folder: Path) -> list[Path]:
    """The files, readable by their owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept_secret(folder, "secret.key")
    kept_secret(folder, KEY)
    MasterKeys(folder).current(first=True)
    (folder / f".{FILE}.lock").unlink(missing_ok=True)
    return [folder / name for name in NAMES]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m deploy.keys FOLDER")
    for path in make(Path(sys.argv[1])):
        print(path)
