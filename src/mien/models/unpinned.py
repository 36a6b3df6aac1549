"""Embedders whose publisher states no SHA-256: known by name, refused until the user pins a file.

Nothing is trusted silently on first use. The user gets the file himself, looks at where it came
from, and says ``mien models pin NAME FILE``; the file's SHA-256 is then recorded, and from there on
the card is one like every other: no byte is parsed before that hash matched.
"""

from __future__ import annotations

from dataclasses import dataclass

from mien.errors import ModelUnavailable
from mien.models.cards import (
    EmbedderCard,
    NetworkInput,
    OwnFileSource,
    PublisherSource,
    Source,
    WeightFile,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpinnedEmbedder:
    """All of an embedder's card but its file's hash and size; see ``EmbedderCard``.

    Attributes:
        file_name: as the publisher names it.
        publisher: where the publisher offers it.
        download_megabytes: from the count of its parameters, for the message alone.
    """

    name: str
    description: str
    licence: str
    licence_note: str
    file_name: str
    publisher: PublisherSource
    download_megabytes: int
    input: NetworkInput
    template: str
    dimensions: int
    preprocessing: str

    def pinned(
        self, sha256: str, size_bytes: int, own: OwnFileSource | None = None
    ) -> EmbedderCard:
        """The card, once the user has said which file it is.

        Raises:
            InvalidOption: no hash, or no size.
        """
        sources: tuple[Source, ...] = (self.publisher,) if own is None else (own, self.publisher)
        return EmbedderCard(
            name=self.name,
            description=self.description,
            licence=self.licence,
            licence_note=self.licence_note,
            files=(WeightFile(self.file_name, sha256, size_bytes, sources),),
            verified=False,
            input=self.input,
            template=self.template,
            dimensions=self.dimensions,
            preprocessing=self.preprocessing,
        )

    def refusal(self) -> ModelUnavailable:
        """Why it cannot be used yet, and what to do."""
        return ModelUnavailable(
            f"{self.name}: expected a pinned SHA-256, got none, for its publisher states none; "
            f"fetch {self.file_name} (about {self.download_megabytes} MB) from {self.publisher} "
            f"and run `mien models pin {self.name} {self.file_name}`"
        )
