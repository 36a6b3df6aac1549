from __future__ import annotations

import numpy as np
import pytest

from mien.alignment import (
    ARCFACE_112,
    TEMPLATES,
    VGGFACE_224,
    Template,
    find_template,
    similarity_transform,
)
from mien.errors import InvalidOption


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.name)
def test_every_template_has_its_points_inside_in_the_order_of_landmarks(template: Template) -> None:
    points = template.points
    assert (points > 0).all()
    assert (points < template.size).all()
    right_eye, left_eye, nose, right_mouth, left_mouth = points
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


def test_the_view_of_vggface_is_arcfaces_with_more_around_it() -> None:
    matrix = similarity_transform(ARCFACE_112.points, VGGFACE_224.points)
    assert matrix[0, 0] == pytest.approx(2 * 0.85, rel=1e-4)
    assert matrix[1, 0] == pytest.approx(0, abs=1e-6)
    centre = matrix @ np.array([56, 56, 1.0])
    assert centre == pytest.approx([112, 112], abs=1e-3)


def test_a_template_fits_a_crop_of_any_size() -> None:
    assert find_template("arcface-112", 112) is ARCFACE_112
    doubled = find_template("arcface-112", 224)
    assert doubled.size == 224
    np.testing.assert_allclose(doubled.points, 2 * ARCFACE_112.points, rtol=1e-6)


def test_an_unknown_template_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidOption, match=r"expected one of arcface-112.*got 'mtcnn'"):
        find_template("mtcnn", 112)
