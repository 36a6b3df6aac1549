"""The classic decisions by name: which embedder, which distance, and where its threshold is from.

A preset's threshold is the classics' own. It was not measured on this pipeline, and no false match
rate is claimed for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mien.errors import InvalidOption
from mien.matching.decision import DecisionRule
from mien.matching.distances import Metric, similarity_from_distance
from mien.matching.policy import Policy
from mien.records import Threshold
from mien.renamed import renamed_field


@renamed_field("distance", "max_distance")
@dataclass(frozen=True, slots=True)
class Preset:
    """A classic decision: the same person at or below a distance.

    Attributes:
        name: as in ``--preset``.
        embedder: its card's name.
        metric: of the distance; one that follows from the cosine.
        max_distance: pairs at or below it are called the same person.
        origin: where it was published.
    """

    name: str
    embedder: str
    metric: Metric
    max_distance: float
    origin: str

    @property
    def threshold(self) -> Threshold:
        """The same on cosine similarity."""
        similarity = float(similarity_from_distance(self.max_distance, self.metric))
        return Threshold(similarity, origin=self.origin)

    def policy(self, rule: DecisionRule | None = None) -> Policy:
        """How similarities become the classic's answers; there is no calibration."""
        return Policy(self.threshold, self.metric, self.max_distance, rule or DecisionRule())


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset(
                "vggface",
                "vggface-vgg16",
                Metric.COSINE,
                0.40,
                "DeepFace's threshold for its VGG-Face of 2622 numbers; not measured here",
            ),
            Preset(
                "vggface2",
                "vggface2-resnet50",
                Metric.COSINE,
                0.50,
                "the VGGFace2 tutorials' threshold for ResNet-50 and the cosine distance; "
                "not measured here",
            ),
        )
    }
)


def find_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        InvalidOption: there is none.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise InvalidOption(f"preset: expected one of {', '.join(PRESETS)}, got {name!r}")
    return preset
