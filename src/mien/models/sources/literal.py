"""A file out of a bytes literal in a Python module, without importing the module.

The module's own hash comes first, so the parser sees only text that the card's author has seen.
"""

from __future__ import annotations

import ast
import hashlib
from typing import BinaryIO

from mien.errors import ModelHashMismatch, ModelUnavailable
from mien.models.cards import PackageSource, PythonLiteral


def read_literal(stream: BinaryIO, source: PackageSource, literal: PythonLiteral) -> bytes:
    """The bytes that the module assigns to the variable; their hash is yet to be checked.

    Args:
        stream: the module's source text; at most one byte more than the card says is read.
        source: for messages.
        literal: which variable of which module.

    Raises:
        ModelHashMismatch: it is another module; it was not parsed.
        ModelUnavailable: the module assigns no such bytes literal.
    """
    text = stream.read(literal.module_size_bytes + 1)
    got = hashlib.sha256(text).hexdigest()
    if got != literal.module_sha256:
        raise ModelHashMismatch(
            f"{source}: expected {source.member} with SHA-256 {literal.module_sha256}, "
            f"got {got}; it was not read"
        )
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _no_literal(source, literal) from error
    for statement in statements:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Constant):
            continue
        names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        value = statement.value.value
        if literal.variable in names and isinstance(value, bytes):
            return value
    raise _no_literal(source, literal)


def _no_literal(source: PackageSource, literal: PythonLiteral) -> ModelUnavailable:
    return ModelUnavailable(
        f"{source}: expected the bytes literal {literal.variable} in {source.member}, got none"
    )
