"""mien: face recognition by transfer learning.

Importing mien loads nothing heavy: every public name is fetched when it is first used (PEP 562).
"""

from __future__ import annotations

__version__ = "0.1.0"
