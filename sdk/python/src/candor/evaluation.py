"""A report of current data against a reference, from a notebook: by the `candor report` command.

The command needs no server. What it computes is what the server, the command line and the interface say
too; this file only hands it data and shows the answer.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import tables

SHOWN_MAX = 40
"""Columns and findings in a notebook's block; all of them are on the page."""


class ReportError(RuntimeError):
    """The command could not be run, or said what is wrong."""


class Report:
    """What is different, and whether it matters. Shown as a block at the end of a notebook's cell."""

    def __init__(self, document: dict[str, Any], page: str) -> None:
        self.document = document
        """The whole report as the command tells it (`docs/formats`)."""
        self.page = page
        """The report as one HTML page, which opens offline."""

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What a person should know, the most important first: `sentence`, `severity`, `evidence`."""
        return list(self.document["findings"])

    @property
    def drifted(self) -> list[str]:
        """Names of the columns that have drifted."""
        return [column["name"] for column in self.document["columns"] if _drift(column).get("drifted")]

    def save(self, file: str | os.PathLike[str]) -> Path:
        """Writes the page, or the document if the name ends in `.json`."""
        path = Path(file)
        path.write_text(json.dumps(self.document, indent=1) if path.suffix == ".json" else self.page, "utf-8")
        return path

    def open(self) -> Path:
        """Shows the page in a browser; returns its file."""
        import webbrowser

        folder = Path(tempfile.mkdtemp(prefix="candor-report-"))
        path = self.save(folder / "report.html")
        webbrowser.open(path.as_uri())
        return path

    def __repr__(self) -> str:
        return "\n".join([self.document["verdict"]["sentence"], *(f"- {f['sentence']}" for f in self.findings[1:])])

    def _repr_html_(self) -> str:
        """The block: the verdict, the findings, a table of columns. No script, nothing from elsewhere."""
        told = self.document
        findings = "".join(f"<li>{escape(f['sentence'])}</li>" for f in self.findings[1 : SHOWN_MAX + 1])
        rows = "".join(_row(column) for column in told["columns"][:SHOWN_MAX])
        left = len(told["columns"]) - SHOWN_MAX
        more = f"<p>{left} more columns are on the page: <code>report.open()</code></p>" if left > 0 else ""
        sizes = f"{told['current']['rows']:,} rows now, {told['reference']['rows']:,} in the reference"
        return (
            f'<div class="candor-report"><h4>{escape(told["verdict"]["sentence"])}</h4><p>{sizes}</p>'
            f"<ul>{findings}</ul><table><thead><tr><th>column</th><th>role</th><th>reference</th><th>now</th>"
            f"<th>effect</th><th>p (adjusted)</th><th>shape</th></tr></thead><tbody>{rows}</tbody></table>"
            f"{more}</div>"
        )


def report(
    reference: Any,
    current: Any,
    *,
    spec: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    model: str = "current",
    methods: str | Sequence[str] | None = None,
    binary: str | os.PathLike[str] | None = None,
) -> Report:
    """Compares `current` with `reference`: tables of any library, or paths of files.

    `spec` says what each column is: the `spec` of a `Model` object as a mapping, or its file. `methods` names
    further drift methods, or is `all`. The command is `binary`, or what `CANDOR_BIN` names, or `candor` on the
    path.

    Raises ReportError with one sentence if there is no command, or it cannot make a report of these data.
    """
    command = _command(binary)
    with tempfile.TemporaryDirectory(prefix="candor-report-") as name:
        folder = Path(name)
        arguments = [str(_file(current, folder, model)), "--reference", str(_file(reference, folder, "reference"))]
        if spec is not None:
            arguments += ["--spec", str(_spec(spec, folder))]
        if methods is not None:
            arguments += ["--methods", methods if isinstance(methods, str) else ",".join(methods)]
        page = folder / "page.html"
        done = subprocess.run(
            [command, "report", *arguments, "--out", str(page), "--output", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ReportError(done.stderr.strip() or f"candor report ended with {done.returncode}")
        return Report(json.loads(done.stdout), page.read_text("utf-8"))


def _command(binary: str | os.PathLike[str] | None) -> str:
    wanted = os.fspath(binary) if binary is not None else os.environ.get("CANDOR_BIN") or "candor"
    found = shutil.which(wanted)
    if found is None:
        raise ReportError(
            f"there is no command {wanted!r}: reports are made by the `candor` binary; put it on the PATH, name it "
            f"in CANDOR_BIN, or say candor.report(..., binary=...)"
        )
    return found


def _spec(spec: Mapping[str, Any] | str | os.PathLike[str], folder: Path) -> Path:
    if not isinstance(spec, Mapping):
        return Path(spec)
    # Every JSON text is YAML.
    file = folder / "spec.yaml"
    file.write_text(json.dumps(spec), "utf-8")
    return file


def _file(data: Any, folder: Path, name: str) -> Path:
    """The data as a file that the command reads."""
    if isinstance(data, (str, os.PathLike)):
        return Path(data)
    try:
        if find_spec("pyarrow") is not None:
            return _parquet(data, folder / f"{name}.parquet")
        return _csv(data, folder / f"{name}.csv")
    except (TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"{type(data).__name__} is no table that can be compared: {error}") from error


def _parquet(data: Any, file: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet

    batches = list(tables.arrow_batches(data, None))
    pa.parquet.write_table(pa.Table.from_batches(batches), file)
    return file


def _csv(data: Any, file: Path) -> Path:
    records = list(tables.records(data, None))
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.DictWriter(out, list(records[0]) if records else [])
        rows.writeheader()
        rows.writerows({k: None if v != v else v for k, v in record.items()} for record in records)
    return file


def _drift(column: Mapping[str, Any]) -> dict[str, Any]:
    return column.get("drift") or {}


def _row(column: Mapping[str, Any]) -> str:
    drift = _drift(column)
    mark = "▲ " if drift.get("drifted") else ""
    cells = [
        f"{mark}{escape(column['name'])}",
        escape(column["role"]),
        escape(_summary(column.get("reference"))),
        escape(_summary(column.get("current"))),
        _number(drift.get("effect")),
        _probability(drift.get("adjusted_p_value")),
        _shape(column.get("histogram")),
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _summary(side: Mapping[str, Any] | None) -> str:
    """A column in few words: mean and spread, or its most frequent values."""
    if not side:
        return "–"
    if side.get("mean") is not None:
        return f"{side['mean']:.4g} ± {side['std'] or 0:.3g}"
    top = side.get("top") or []
    return ", ".join(str(item.get("value")) for item in top[:3] if isinstance(item, Mapping)) or "–"


def _number(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, (int, float)) else "–"


def _probability(value: Any) -> str:
    if not isinstance(value, (int, float)):
        return "–"
    return "&lt; 0.001" if value < 0.001 else f"{value:.3f}"


def _shape(histogram: Mapping[str, Any] | None) -> str:
    """Both distributions as bars, the reference in grey behind the current one."""
    sides = [((histogram or {}).get(side) or {}).get("bins") or [] for side in ("reference", "current")]
    tallest = max((value for side in sides for value in side), default=0)
    if not tallest:
        return ""
    bars = []
    for values, colour in zip(sides, ("#999", "#2a6fb0")):
        for at, value in enumerate(values):
            width, height = 120 / len(values), 24 * value / tallest
            place = f'x="{at * width:.1f}" y="{24 - height:.1f}" width="{width:.1f}" height="{height:.1f}"'
            bars.append(f'<rect {place} fill="{colour}" fill-opacity="0.5"/>')
    return f'<svg width="120" height="24" role="img" aria-label="distribution">{"".join(bars)}</svg>'
