"""Converted files: made once from a verified file, kept with a manifest that holds their hash.

The manifest is written last and names its data file by that file's own
SHA-256, so whatever is interrupted or damaged is simply made again. The hash
here guards against damage, not against somebody who may write to the cache.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.errors import InvalidOption
from mien.models.cache import remove_partials
from mien.models.placing import write_whole

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Derivation:
    """One conversion of one file.

    Attributes:
        folder: where it is kept; one folder for each version of the source file.
        key: name and version of the conversion.
        source_sha256: of the verified file that it is made from.
    """

    folder: Path
    key: str
    source_sha256: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise InvalidOption(f"key: expected the form {_KEY.pattern}, got {self.key!r}")

    def load(self) -> bytes | None:
        """The converted file if it is there and whole, else None."""
        try:
            manifest: Any = json.loads(self._manifest.read_text("utf-8"))
            sha256 = manifest["sha256"]
            if manifest["source_sha256"] != self.source_sha256 or not _SHA256.fullmatch(sha256):
                return None
            data = self._data(sha256).read_bytes()
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None  # whatever is wrong with it, it is made again
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def keep(self, data: bytes, lock: AbstractContextManager[None]) -> None:
        """Keep ``data`` for the next time.

        Raises:
            ModelUnavailable: the cache cannot be written.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        manifest = {"key": self.key, "source_sha256": self.source_sha256, "sha256": sha256}
        with lock:
            remove_partials(self.folder)
            write_whole(self._data(sha256), data)
            write_whole(self._manifest, json.dumps(manifest, indent=1).encode())
            for path in self.folder.glob(f"{self.key}.*.bin"):
                if path != self._data(sha256):
                    with suppress(OSError):  # a left-over costs room, nothing else
                        path.unlink()

    @property
    def _manifest(self) -> Path:
        return self.folder / f"{self.key}.json"

    def _data(self, sha256: str) -> Path:
        return self.folder / f"{self.key}.{sha256[:16]}.bin"
