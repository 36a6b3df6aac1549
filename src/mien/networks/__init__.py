"""Networks that can be trained: torch modules, told everything they know by whoever builds them.

The room needs torch, which the core does without. Importing the room itself loads nothing;
`require_torch` says what to install before one of its modules is imported.
"""

from __future__ import annotations

from mien.networks.requirement import require_torch

__all__ = ["require_torch"]
