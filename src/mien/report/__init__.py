"""An evaluation that one can hand on: what was measured, on what, with what, and how to repeat it.

A report is a folder with ``report.json`` and ``report.html``, a page that needs nothing else.
"""

from mien.report.comparing import compared_findings, compared_run
from mien.report.folder import write_report
from mien.report.reading import findings_from_json, read_report
from mien.report.run import ModelUsed, Run, typed_command

__all__ = [
    "ModelUsed",
    "Run",
    "compared_findings",
    "compared_run",
    "findings_from_json",
    "read_report",
    "typed_command",
    "write_report",
]
