"""onnxruntime as every small network here runs in it: one thread, for whoever calls has threads or processes enough."""

from __future__ import annotations

from typing import Any


def one_thread() -> Any:
    """`SessionOptions` that also keep quiet about what a graph could do better."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options
