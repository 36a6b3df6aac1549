"""A report's folder: written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

from mien.errors import OutputUnwritable
from mien.evaluation import Findings
from mien.report.run import Run

FORMAT = "mien-report"
VERSION = 1
JSON_NAME = "report.json"


def write_report(folder: Path, findings: Findings, run: Run) -> Path:
    """Write the report; what stood there under the same names is replaced.

    Args:
        folder: made if it is not there.
        findings: what was found.
        run: where it comes from.

    Returns:
        The file to open.

    Raises:
        OutputUnwritable: the folder or a file cannot be written.
    """
    record = {
        "format": FORMAT,
        "version": VERSION,
        "run": run.to_json(),
        "findings": findings.to_json(),
    }
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)
    return _write(folder, JSON_NAME, text)


def _write(folder: Path, name: str, text: str) -> Path:
    target = folder / name
    part = folder / f".{name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputUnwritable(
            f"expected to write {target}, got: {error.strerror or error}; choose another folder"
        ) from error
    return target
