"""What a bad file is, and the list of them, which modules beside this one fill."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from mien.errors import MienError


@dataclass(frozen=True)
class Case:
    """A file and its verdict.

    Attributes:
        number: in the list of bad inputs.
        name: what it is.
        suffix: of its file name, which may lie.
        make: its bytes.
        error: what reading it must raise, or None if it must be read.
    """

    number: int
    name: str
    suffix: str
    make: Callable[[], bytes]
    error: type[MienError] | None

    @cached_property
    def data(self) -> bytes:
        return self.make()

    @property
    def file_name(self) -> str:
        return f"{self.number:03d}-{self.name.replace(' ', '-')}{self.suffix}"


CASES: dict[int, Case] = {}


def case(
    number: int,
    name: str,
    suffix: str,
    error: type[MienError] | None,
    make: Callable[[], bytes] | bytes,
) -> None:
    maker = make if callable(make) else lambda: make
    CASES[number] = Case(number, name, suffix, maker, error)


def cut(data: bytes, part: float) -> bytes:
    return data[: int(len(data) * part)]
