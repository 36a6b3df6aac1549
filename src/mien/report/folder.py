"""A report's folder: each file written whole or not at all, the JSON last."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from mien.errors import OutputUnwritable
from mien.evaluation import Findings
from mien.records import ImageArray
from mien.report.format import FORMAT, JSON_NAME, PAGE_NAME, VERSION
from mien.report.page import page
from mien.report.run import Run
from mien.report.thumbnails import small_pictures


def write_report(
    folder: Path,
    findings: Findings,
    run: Run,
    thumbnails: Path | Mapping[str, ImageArray] | None = None,
) -> Path:
    """Write the page and its JSON; what stood there under the same names is replaced.

    Args:
        folder: made if it is not there.
        findings: what was found.
        run: where it comes from.
        thumbnails: the folder that the examples' photos are in, or their pictures by name, if the
            page is to show them small; None, and no photo is in the page.

    Returns:
        The page.

    Raises:
        OutputUnwritable: the folder or a file cannot be written.
    """
    record = {
        "format": FORMAT,
        "version": VERSION,
        "run": run.to_json(),
        "findings": findings.to_json(),
    }
    document = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1)
    pictures = None if thumbnails is None else small_pictures(findings.examples, thumbnails)
    html = page(findings, run, pictures, JSON_NAME)
    shown = _write(folder, PAGE_NAME, html)
    _write(folder, JSON_NAME, document)
    return shown


def _write(folder: Path, name: str, text: str) -> Path:
    target = folder / name
    part = folder / f".{name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A file's name may hold bytes that are no text: they are written as JSON escapes them.
        part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        part.replace(target)
    except OSError as error:
        with suppress(OSError):  # its folder may be no folder
            part.unlink(missing_ok=True)
        raise OutputUnwritable(
            f"expected to write {target}, got: {error.strerror or error}; choose another folder"
        ) from error
    return target
