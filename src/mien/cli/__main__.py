"""``python -m mien.cli``."""

from mien.cli.main import run

run()
