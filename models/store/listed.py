"""`column IN` a thousand values, as one parameter: a parameter each takes longer to bind and to plan than to look up.
Used by the store's questions about many people at once."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Listed(FunctionElement[str]):
    """The strings of a JSON list, as rows."""

    inherit_cache = True


@compiles(_Listed, "sqlite")
def _in_sqlite(element: _Listed, compiler: SQLCompiler, **given: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **given)}))"  # noqa: S608 # nosec B608


@compiles(_Listed, "postgresql")
def _in_postgresql(element: _Listed, compiler: SQLCompiler, **given: Any) -> str:
    return f"(SELECT jsonb_array_elements_text(CAST({compiler.process(element.clauses, **given)} AS JSONB)))"


def among(column: InstrumentedAttribute[Any], values: Collection[str]) -> ColumnElement[bool]:
    """As `column.in_(values)`."""
    return column.op("IN", is_comparison=True)(_Listed(literal(json.dumps(list(values)))))
