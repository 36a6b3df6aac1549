"""A trained model as one record: what it is, whom it names, from which similarity on."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from mien.errors import InvalidOption
from mien.matching import DecisionRule, Policy
from mien.models.cards import (
    ChannelOrder,
    EmbedderCard,
    NetworkInput,
    OwnFileSource,
    WeightFile,
)
from mien.models.trained_folder import NETWORK, ModelKind, TrainedFolder, open_trained_folder
from mien.records import EmbeddingSpace, Threshold
from mien.renamed import renamed_argument
from mien.trained.settings import Classes, NetworkFacts, read_settings

OUTPUT = "embedding"


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """What ``mien train`` or ``mien finetune`` made, verified; its network is not loaded yet.

    Two are equal if every file of theirs is.

    Attributes:
        path: the folder.
        kind: ``classifier`` or ``embedder``.
        network: what its ONNX file eats and gives.
        classes: whom it names; None for an embedder.
        verification: thresholds for pairs of its vectors, each with its false match rate.
        card: of its network, whose file is read where it lies.
        sha256: of the manifest, and so of everything.
    """

    path: Path
    kind: ModelKind
    network: NetworkFacts
    classes: Classes | None
    verification: tuple[Threshold, ...]
    card: EmbedderCard
    sha256: str

    @staticmethod
    def open(path: str | os.PathLike[str]) -> TrainedModel:
        """Read a folder; every file in it is hashed before any of them is parsed.

        Raises:
            SourceNotFound: there is no such folder.
            ModelInvalid, ModelHashMismatch: it is not whole, not sound, or of a later mien.
        """
        folder = open_trained_folder(Path(path))
        settings = read_settings(folder)
        return TrainedModel(
            path=folder.path,
            kind=folder.kind,
            network=settings.network,
            classes=settings.classes,
            verification=settings.verification,
            card=_card(folder, settings.network),
            sha256=folder.sha256,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrainedModel) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @property
    def name(self) -> str:
        """As the user gave it at training."""
        return self.network.name

    @property
    def space(self) -> EmbeddingSpace:
        """What its vectors mean."""
        return self.card.space

    @property
    def labels(self) -> tuple[str, ...]:
        """The people it names; an embedder names nobody."""
        return () if self.classes is None else self.classes.labels

    @renamed_argument("threshold", "own")
    def policy(self, own: Threshold | None = None, rule: DecisionRule | None = None) -> Policy:
        """How a classifier's similarities become names.

        Args:
            own: the user's threshold, in place of the model's; see ``own_threshold``.
            rule: margin and number of candidates; by default the model's margin.

        Raises:
            InvalidOption: the model is an embedder, or neither it nor the user has a threshold.
        """
        classes = self.need_classes()
        threshold = own or classes.threshold
        if threshold is None:
            raise InvalidOption(
                f"{self.path}: expected a threshold, got none, for it could not be measured when "
                "the model was trained; pass min_similarity"
            )
        return Policy(threshold, rule=rule or DecisionRule(classes.margin))

    def need_classes(self) -> Classes:
        """The people it names.

        Raises:
            InvalidOption: it is an embedder.
        """
        if self.classes is None:
            raise InvalidOption(
                f"{self.path}: expected a classifier, got an embedder, which names nobody by "
                "itself; enrol people with --model and identify them in that gallery"
            )
        return self.classes


def space_of(facts: NetworkFacts, network_sha256: str) -> EmbeddingSpace:
    """What the vectors of a trained model mean, known before its folder is written.

    Args:
        facts: of the network.
        network_sha256: of ``model.onnx``.
    """
    preprocessing = f"{facts.template}-{facts.side}-rgb-in-graph-v1"
    name = f"trained-{_slug(facts.name)}"
    return EmbeddingSpace(name, network_sha256, preprocessing, facts.dimensions)


def _card(folder: TrainedFolder, facts: NetworkFacts) -> EmbedderCard:
    listed = folder.files[NETWORK]
    here = OwnFileSource(folder.network, in_place=True)
    space = space_of(facts, listed.sha256)
    return EmbedderCard(
        name=space.model,
        description=f"{facts.name}, trained from {facts.backbone}",
        licence=f"that of {facts.backbone} and of the photos",
        files=(WeightFile(NETWORK, listed.sha256, listed.size_bytes, (here,)),),
        verified=False,
        input=NetworkInput(ChannelOrder.RGB, (facts.side, facts.side)),
        template=facts.template,
        dimensions=facts.dimensions,
        preprocessing=space.preprocessing,
        output=OUTPUT,
    )


def _slug(name: str) -> str:
    """A name as a card has it: a plain folder name."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "model"
