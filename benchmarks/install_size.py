"""How much disk the core takes: installs it alone, without pip, into a fresh folder and measures.

    python benchmarks/install_size.py

Exit status 1 if it is more than the limit. Counted twice: the files' own lengths, and the blocks
that they take (what ``du`` says); both with the compiled ``.pyc`` files.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT_MB = 650
BLOCK = 512  # st_blocks counts these, whatever the file system (POSIX, sys/stat.h)


def install(target: Path) -> None:
    """The core as a user gets it, in the versions that the tests ran with."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target)]
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([*command, *constraints, str(ROOT)], check=True)


def measure(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Bytes and bytes of blocks by the first folder below ``folder``."""
    lengths: Counter[str] = Counter()
    blocks: Counter[str] = Counter()
    for path in folder.rglob("*"):
        status = os.lstat(path)
        part = path.relative_to(folder).parts[0]
        blocks[part] += getattr(status, "st_blocks", 0) * BLOCK
        if not path.is_dir():
            lengths[part] += status.st_size
    return lengths, blocks


def main() -> int:
    """Install, measure, print, judge."""
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        lengths, blocks = measure(Path(folder))
    for name, size in lengths.most_common(12):
        print(f"{size / 1e6:8.1f} MB  {name}")
    for what, sizes in (("files", lengths), ("on disk", blocks)):
        total = sizes.total()
        print(f"{total / 1e6:8.1f} MB = {total / 2**20:.1f} MiB  all, {what}")
    return int(max(lengths.total(), blocks.total()) / 1e6 > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
