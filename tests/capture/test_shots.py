"""A line of a manifest is what was written, or is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.made_shots import DIMENSIONS, shot
from mien.capture.shots import shot_from_json
from mien.errors import InvalidManifest

ROW = shot(7, 1.25).to_json()


@pytest.mark.parametrize("made", [shot(7, 1.25), shot(8, None, pose=None, fingerprint=2**64 - 1)])
def test_a_shot_survives_its_line(made):
    again = shot_from_json(json.loads(json.dumps(made.to_json())), DIMENSIONS)
    assert again.to_json() == made.to_json()
    assert np.allclose(again.vector, made.vector, atol=1e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../../x.jpg"},
        {"file": "a.jpg"},
        {"sha256": "0"},
        {"time_s": float("nan")},
        {"time_s": "soon"},
        {"pose": "asleep"},
        {"vector": "AAAA"},
        {"vector": ROW["vector"][:-4]},
        {"fingerprint": None},
        {"quality": []},
        {"quality": {"side": "large"}},
        {"session": ...},
    ],
)
def test_a_changed_line_is_refused(change):
    row = {name: value for name, value in {**ROW, **change}.items() if value is not ...}
    with pytest.raises(InvalidManifest, match="expected"):
        shot_from_json(row, DIMENSIONS)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(ROW)), st.none() | st.text() | st.floats()))
def test_whatever_stands_there_is_a_shot_or_an_error_of_ours(change):
    try:
        assert shot_from_json({**ROW, **change}, DIMENSIONS).vector.shape == (DIMENSIONS,)
    except InvalidManifest:
        assert change
