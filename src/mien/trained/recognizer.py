"""From a trained model's record to its network, and to names for the faces of photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Unpack

import numpy as np

from mien.detection import Detector
from mien.embedding import ClassifyingEmbedder, Embedder
from mien.errors import ModelInvalid, SpaceMismatch
from mien.gallery import Gallery
from mien.matching import (
    FaceDecision,
    Policy,
    class_probabilities,
    class_similarities,
    identify_faces,
)
from mien.models import ModelStore, Network, Plan, RuntimeOptions, open_network
from mien.models.loading import graph
from mien.models.runtime import load_network
from mien.pipeline import EncodedPhoto, FinderOptions, Recognizer
from mien.records import Encoding, FloatArray, ImageArray, PhotoIdentification
from mien.trained.model import OUTPUT, TrainedModel

INPUT = "pixels"
KEPT_VERSIONS = 4
"""Trainings of one name whose compiled networks stay in the cache."""


class TrainedRecognizer(Recognizer):
    """A pipeline whose embedder is a trained classifier: its encodings have logits too.

    With a gallery it works as any other: its vectors are those of the network's embedding layer.
    """

    def __init__(
        self,
        detector: Detector,
        embedder: ClassifyingEmbedder,
        **options: Unpack[FinderOptions],
    ) -> None:
        super().__init__(detector, embedder, **options)
        self.classifier = embedder

    def look(
        self, views: Sequence[tuple[ImageArray, ...]]
    ) -> Iterable[tuple[FloatArray, float, FloatArray | None]]:
        """Each face's unit vector, its raw length and its logits."""
        vectors, norms, logits = self.classifier.classify_views(views)
        return zip(vectors, map(float, norms), logits, strict=True)


def identify_encoded(
    recognizer: Recognizer,
    people: Gallery | TrainedModel,
    encoded: EncodedPhoto,
    policy: Policy,
) -> PhotoIdentification:
    """Decide every face of one photo together, by a gallery or by a model's own classes.

    Args:
        recognizer: that encoded the photo.
        people: who may be named.
        encoded: the photo's faces.
        policy: see ``policy_for`` and ``TrainedModel.policy``.

    Raises:
        SpaceMismatch: the gallery's vectors, or the photo's logits, come from another model.
    """
    if isinstance(people, TrainedModel):
        return name_by_classes(people, encoded, policy)
    return recognizer.identify(people, encoded, policy)


def name_by_classes(
    model: TrainedModel, encoded: EncodedPhoto, policy: Policy
) -> PhotoIdentification:
    """Name the faces of a photo that the model's own recognizer encoded.

    ``probability`` is P(known) of the named person's similarity, or of the first candidate's,
    times the softmax's share of that person; None where P(known) was not measured.

    Raises:
        InvalidOption: the model is an embedder.
        SpaceMismatch: a face has no logits, or those of another model.
    """
    classes, faces = model.need_classes(), encoded.faces
    columns = {label: column for column, label in enumerate(classes.labels)}
    similarities = similarities_of(model, faces)
    logits = _logits(model, faces)
    shares = class_probabilities(logits, classes.temperature)

    def probability(face: int, one: FaceDecision) -> float | None:
        if classes.known is None or one.similarity is None:
            return None
        name = one.candidates[0].name if one.name is None else one.name
        return float(classes.known.probability(one.similarity) * shares[face, columns[name]])

    people = (classes.labels, similarities)
    return identify_faces(encoded.photo, faces, people, policy, probability)


def similarities_of(model: TrainedModel, faces: Sequence[Encoding]) -> FloatArray:
    """Similarities ``(F, C) float32`` of faces and the model's people.

    Args:
        model: a classifier.
        faces: that the model's own recognizer encoded.

    Raises:
        InvalidOption: the model is an embedder.
        SpaceMismatch: a face has no logits, or those of another model.
    """
    classes = model.need_classes()
    return class_similarities(
        np.array([face.vector for face in faces]),
        _logits(model, faces),
        classes.centres,
        classes.similarity,
        classes.temperature,
    )


def _logits(model: TrainedModel, faces: Sequence[Encoding]) -> FloatArray:
    width = len(model.labels)
    found = [face.logits for face in faces if face.logits is not None]
    if len(found) != len(faces) or any(row.shape != (width,) for row in found):
        raise SpaceMismatch(
            f"expected faces with {width} logits of {model.path}, got others; "
            "encode the photo with the recognizer of this model"
        )
    return np.array(found, dtype=np.float32).reshape(len(faces), width)


def load_trained(
    model: TrainedModel, store: ModelStore, options: RuntimeOptions | None = None
) -> Embedder:
    """The model's network, ready to run: a ``ClassifyingEmbedder`` where it is a classifier.

    Raises:
        ModelError: the network does not load, or is not what ``model.json`` says.
        InvalidOption: the options ask for what this machine cannot do.
    """
    width = 0 if model.classes is None else len(model.classes.labels)
    key = f"fits-{model.network.side}-{model.network.dimensions}-{width}"
    store.derived(model.card, key, lambda _: _tried(model, store))
    network = open_network(store, model.card, options)
    store.cache.keep_latest(model.card, model.card.file(), KEPT_VERSIONS, lambda _: None)
    if model.classes is None:
        return Embedder(network, model.card)
    return ClassifyingEmbedder(network, model.card, width)


def _tried(model: TrainedModel, store: ModelStore) -> bytes:
    """Run the network once, before anything is measured and compiled; this is kept as a word.

    Raises:
        ModelInvalid: it does not load, or is not what ``model.json`` says.
    """
    try:
        network = load_network(graph(store, model.card), Plan(threads=1))
    except ModelInvalid as error:
        raise ModelInvalid(
            f"{model.path}: expected a network that loads, got: {error}; train again"
        ) from error
    _check_fits(network, model)
    side = model.network.side
    crop = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    if model.classes is None:
        Embedder(network, model.card).embed([crop])
    else:
        ClassifyingEmbedder(network, model.card, len(model.labels)).classify_views([(crop,)])
    return b"it fits"


def _check_fits(network: Network, model: TrainedModel) -> None:
    """The names and, as far as the file states them, the sizes of what goes in and comes out."""
    wanted = {OUTPUT: model.network.dimensions}
    if model.classes is not None:
        wanted["logits"] = len(model.classes.labels)
    if network.input_name != INPUT:
        raise ModelInvalid(
            f"{model.path}: expected a network with the input {INPUT}, got {network.input_name!r}"
        )
    for name, size in wanted.items():
        shape = network.output_shapes.get(name)
        if shape is None or len(shape) != 2 or shape[1] not in (None, size):
            raise ModelInvalid(
                f"{model.path}: expected a network with the output {name} of (N, {size}), got "
                f"{'none' if shape is None else shape}"
            )
