"""An evaluation that one can hand on: what was measured, on what, with what, and how to repeat it.

A report is a folder with ``report.json`` and a page made of it.
"""

from mien.report.folder import write_report
from mien.report.run import ModelUsed, Run, typed_command

__all__ = ["ModelUsed", "Run", "typed_command", "write_report"]
