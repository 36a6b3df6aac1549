"""What a trained classifier's folder holds: ``docs/trained-models.md`` describes each file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mien.records import Threshold
from mien.training.loop import EpochRow, History
from mien.training.saving import ModelFolderWriter
from mien.training.trained import Trained

FORMAT = 1
MARGIN = 0.05
"""In similarity: two people whose difference is smaller are too close to call."""


def write_files(writer: ModelFolderWriter, made: Trained) -> None:
    """Everything but the pictures and the card.

    Raises:
        OutputUnwritable: the disk is full, or read-only.
    """
    writer.write("model.onnx", made.network)
    writer.write("model.json", _json(settings_of(made)))
    writer.write("config.json", _json(made.config.to_json()))
    writer.write("metrics.json", _json(made.to_json()))
    writer.write("history.csv", history_csv(made.learned.history))


def settings_of(made: Trained) -> dict[str, Any]:
    """``model.json``: what is needed to use the network."""
    learned, backbone = made.learned, made.learned.frozen.backbone
    fit = made.unknown.fit
    return {
        "format": FORMAT,
        "kind": "classifier",
        "name": made.config.out.name,
        "backbone": backbone.name,
        "head": made.config.head,
        "input": {"side": backbone.side, "template": backbone.template},
        "dimensions": learned.head.dimensions,
        "labels": list(made.data.names),
        "similarity": learned.head.similarity,
        "centres": [[float(x) for x in row] for row in learned.head.centres.numpy()],
        "known": None if fit is None else {"slope": fit.rule.slope, "offset": fit.rule.offset},
        "temperature": made.temperature,
        "threshold": None if fit is None else threshold_json(fit.threshold),
        "margin": MARGIN,
        "verification": None,
    }


def threshold_json(threshold: Threshold) -> dict[str, Any]:
    """A threshold with where it comes from."""
    return {one.name: getattr(threshold, one.name) for one in fields(threshold)}


def history_csv(history: History) -> str:
    """One row an epoch."""
    text = io.StringIO()
    names = [one.name for one in fields(EpochRow)]
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(names)
    rows.writerows([getattr(row, name) for name in names] for row in history.rows)
    return text.getvalue()


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
