"""The embedding layer in two dimensions: do people form groups, and where do strangers fall?

t-SNE (van der Maaten and Hinton, 2008) keeps neighbours together and says little about distances
between groups; where there are few points, principal components are drawn in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.checks import check_vectors
from mien.errors import EngineMissing, InsufficientData, InvalidArray
from mien.records import FloatArray
from mien.training.pictures.lettering import shown_names
from mien.training.pictures.style import (
    GRID,
    INK,
    STRANGER,
    drawing,
    new_figure,
    person_colours,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST_FOR_TSNE = 30
MOST_POINTS = 1000
MOST_STRANGERS = 200
_LEGEND_UP_TO = 12  # people; more are named at their groups
_PERPLEXITY = 30.0


def draw_embedding_scatter(
    embeddings: Any,
    labels: Any,
    names: Sequence[str],
    strangers: Any = None,
    seed: int = 0,
) -> Figure:
    """Draw photos as points, coloured by person, strangers in grey.

    Args:
        embeddings: ``(N, D)`` of validation or test photos; made unit length here. Of more than
            1,000 a random choice is drawn, of the strangers 200.
        labels: ``(N,)`` their classes.
        names: of the classes.
        strangers: ``(S, D)`` of people who are none of them, or None.
        seed: of the choice and of t-SNE.

    Raises:
        InsufficientData: fewer than two photos.
        InvalidArray, InvalidEmbedding: arrays that do not fit each other, or not finite.
        EngineMissing: matplotlib or scikit-learn is not installed.
    """
    points, classes, others = _checked(embeddings, labels, strangers, len(names))
    rng = np.random.default_rng(seed)
    chosen = _at_most(rng, len(points), MOST_POINTS)
    points, classes = points[chosen], classes[chosen]
    others = others[_at_most(rng, len(others), MOST_STRANGERS)]
    flat, method = flatten(np.concatenate([points, others]), seed)
    with drawing():
        figure = new_figure(8.6, 6.2)
        axes = figure.add_axes((0.03, 0.05, 0.72 if len(names) <= _LEGEND_UP_TO else 0.94, 0.87))
        x, y = flat.T
        there = slice(len(points), None)
        axes.scatter(x[there], y[there], 16, STRANGER, linewidths=0, label="strangers", zorder=1)
        texts, colours = shown_names(names, 20), person_colours(len(names))
        for number, (text, colour) in enumerate(zip(texts, colours, strict=True)):
            mine = np.flatnonzero(classes == number)
            if not len(mine):
                continue
            axes.scatter(
                x[mine], y[mine], 26, colour, edgecolors="white", linewidths=0.5, label=text
            )
            if len(names) > _LEGEND_UP_TO:
                middle = (float(np.median(x[mine])), float(np.median(y[mine])))
                axes.annotate(text, middle, fontsize=6.5, color=INK, ha="center", zorder=3)
        axes.set_title(f"Embeddings of {len(points):,} photos ({method})")
        axes.grid(visible=False)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set(visible=True, color=GRID)
        if len(names) <= _LEGEND_UP_TO:
            _legend(axes, strangers_are_there=len(others) > 0)
    return figure


def flatten(vectors: FloatArray, seed: int = 0) -> tuple[NDArray[np.float64], str]:
    """``(N, D)`` to ``(N, 2)``, and the name of the method.

    Raises:
        EngineMissing: scikit-learn is not installed.
    """
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise EngineMissing(
            f"pictures: expected scikit-learn, got none ({error}): pip install 'mien[train]'"
        ) from error
    if len(vectors) < FEWEST_FOR_TSNE or vectors.shape[1] < 3:
        parts = min(2, *vectors.shape)
        flat = np.zeros((len(vectors), 2))
        flat[:, :parts] = PCA(n_components=parts, random_state=seed).fit_transform(vectors)
        return flat, "principal components"
    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3)
    reducer = TSNE(perplexity=perplexity, init="pca", max_iter=600, random_state=seed)
    return np.asarray(reducer.fit_transform(vectors), dtype=np.float64), "t-SNE"


def _checked(
    embeddings: Any, labels: Any, strangers: Any, people: int
) -> tuple[FloatArray, NDArray[np.int64], FloatArray]:
    given = np.asarray(embeddings)
    if given.ndim != 2 or len(given) < 2:
        raise InsufficientData(
            f"embedding scatter: expected (N, D) of two photos at least, got shape {given.shape}"
        )
    points = check_vectors(given, given.shape[1], "embeddings")
    classes = np.asarray(labels)
    if classes.shape != (len(points),) or not np.isin(classes, np.arange(people)).all():
        raise InvalidArray(
            f"labels: expected ({len(points)},) classes below {people}, got {classes.shape} "
            "or others"
        )
    others = np.empty((0, points.shape[1]), dtype=np.float32)
    if strangers is not None and len(strangers):
        others = check_vectors(strangers, points.shape[1], "strangers")
    return points, classes, others


def _at_most(rng: np.random.Generator, count: int, most: int) -> NDArray[np.int64]:
    return np.sort(rng.permutation(count)[:most])


def _legend(axes: Axes, *, strangers_are_there: bool) -> None:
    handles, texts = axes.get_legend_handles_labels()
    first = 0 if strangers_are_there else 1
    axes.legend(
        [*handles[1:], *handles[first:1]],
        [*texts[1:], *texts[first:1]],
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
        handletextpad=0.2,
    )
