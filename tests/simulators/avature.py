"""The other side of an exchange of files: it exports people and outcomes into a folder and imports what it finds. What
a real one would stumble over is noted in `violations`."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from tests.simulators.base import Route, Simulator

COLUMNS = ("application_id", "candidate_id", "name", "email", "job_id", "job_title", "resume", "source", "applied_at")


class Avature(Simulator):
    """Its server has nothing to call: whoever calls is noted."""

    def __init__(self) -> None:
        super().__init__()
        self._held = TemporaryDirectory()
        self.root = Path(self._held.name) / "exchange"
        (self.root / "in").mkdir(parents=True)
        self._ids = 100

    def routes(self) -> list[tuple[str, str, Route]]:
        return []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._held.cleanup()

    @property
    def settings(self) -> dict[str, str]:
        """As a recruiter types them in."""
        return {"address": str(self.root)}

    # ------------------------------------------------------------ what it exports

    def export(self, name: str, rows: list[dict[str, str]]) -> None:
        """Written under another name first, then renamed, as it is told to."""
        self._ids += 1
        beside = self.root / "in" / f".{name}.part"
        with beside.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        beside.rename(self.root / "in" / f"{name}-{self._ids}.csv")

    def person(self, job: str, name: str, email: str, resume: bytes) -> dict[str, str]:
        """A line, with its resume beside it."""
        self._ids += 1
        (self.root / "in" / f"resume-{self._ids}.txt").write_bytes(resume)
        values = (f"A{self._ids}", f"C{self._ids}", name, email, job, "Backend Engineer", f"resume-{self._ids}.txt")
        return dict(zip(COLUMNS, (*values, "Talent pool", "2026-11-20"), strict=True))

    def outcome(self, application: str, kind: str, at: str) -> None:
        self.export("outcomes", [{"application_id": application, "kind": kind, "stage": kind, "reason": "", "at": at}])

    # ------------------------------------------------------------ what it imports

    def rows(self, name: str) -> list[dict[str, str]]:
        path = self.root / "out" / name
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        for row in found:
            if None in row or None in row.values():
                self.violations.append(f"{name}: a line with other columns than the header: {row}")
            if any(str(value).startswith(("=", "@")) for value in row.values()):
                self.violations.append(f"{name}: a formula in {row}")
        return found

    def results(self) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """(line, file) of each result. The file is there before its line is."""
        found = []
        for row in self.rows("results.csv"):
            files = [json.loads(each.read_text()) for each in (self.root / "out" / "results").glob("*.json")]
            mine = [each for each in files if each["data"]["id"] == row["result_id"]]
            if len(mine) != 1 or mine[0]["application_id"] != row["application_id"]:
                self.violations.append(f"{row['result_id']} has {len(mine)} files")
            if row["pdf"] and not (self.root / "out" / row["pdf"]).read_bytes().startswith(b"%PDF"):
                self.violations.append(f"{row['pdf']} is no PDF")
            found.append((row, mine[0]))
        return found
