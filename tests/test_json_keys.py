"""Words in the JSON that goes out are words: a key whose underscore was lost is none."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import mien

PARTS = ("Number", "Chart", "Table")  # of a report; their first argument is a key
FOREIGN = {"compress_level", "reconnect_delay_max"}  # options of Pillow and of ffmpeg
SOURCES = sorted(Path(mien.__file__).parent.rglob("*.py"))


def keys_and_words():
    """Keys of dictionaries that look like ours, and how often each word occurs in all the code."""
    keys: set[str] = set()
    words: Counter[str] = Counter()
    for path in SOURCES:
        text = path.read_text()
        words.update(re.findall(r"[a-z0-9]+", text.lower()))
        for node in ast.walk(ast.parse(text)):
            given = []
            if isinstance(node, ast.Dict):
                given = node.keys
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in PARTS:
                given = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "key")]
            keys.update(one.value for one in given if isinstance(one, ast.Constant) and one.value)
    return {key for key in keys if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", str(key))}, words


def test_a_bare_threshold_is_written_only_into_files_that_have_a_format_of_their_own():
    """What is answered says ``min_similarity``, ``max_distance``, ...; see ``limit_json``."""
    folder = Path(mien.__file__).parent
    written = {
        path.relative_to(folder).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        if any(isinstance(key, ast.Constant) and key.value == "threshold" for key in node.keys)
    }
    assert written == {
        "matching/own_calibration.py",
        "matching/pair_verifier.py",
        "training/model_files.py",
        # Objects that name their numbers, beside the new keys:
        "evaluation/calibrating.py",
        "verifiers/fit_findings.py",
    }


def test_every_word_of_a_json_key_is_a_word_of_the_code_elsewhere_too():
    keys, words = keys_and_words()
    assert len(keys) > 100
    lonely = {key for key in keys if any(words[word] < 2 for word in key.split("_"))}
    assert lonely - FOREIGN == set()
