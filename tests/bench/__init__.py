"""Figures. `python -m tests.bench` prints them all, `python -m tests.bench.NAME` one group, a JSON line a figure.

A group exits 1 when a figure is short of its bar. Speed is a ratio or a limit measured in the same run."""
