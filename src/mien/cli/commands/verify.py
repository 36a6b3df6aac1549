"""``mien verify``: the same person in both photos?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli import options
from mien.cli.decision import PairOptions, find_calibration, usual_calibration
from mien.cli.failures import Status, flag
from mien.cli.inputs import find_one
from mien.cli.option_groups import grouped
from mien.cli.output import Output
from mien.cli.text import shown
from mien.cli.wording import place, verification_line
from mien.errors import InvalidOption, SourceNotFound

if TYPE_CHECKING:
    from mien.matching import Preset
    from mien.records import Verification


@grouped
def verify(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="A photo.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another photo.")],
    metric: Annotated[str, typer.Option(metavar="cosine|euclidean|euclidean_l2")] = "cosine",
    gallery: Annotated[
        Path | None,
        typer.Option(
            "--gallery", "-g", metavar="PATH", help="Whose calibration is used; as for `identify`."
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="vggface|vggface2", help="A classic decision: its embedder and its threshold."
        ),
    ] = None,
    verifier: options.VerifierOption = None,
    largest: options.LargestOption = False,
    any_: Annotated[
        bool, typer.Option("--any", help="Ask whether any face of A is any face of B.")
    ] = False,
    *,
    decision: PairOptions,
    network: options.NetworkOptions,
    exclude: options.ExcludeOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Say whether two photos show the same person; the exit status is 0 if so, else 1.

    Each photo must hold one usable face, unless --largest or --any says which to take. The
    threshold is that of the gallery's calibration, if `mien calibrate` made one.

    \b
    Examples:
      mien verify passport.jpg visitor.jpg
      mien verify a.jpg b.jpg --fmr 1e-6 --json
      mien verify portrait.jpg group.jpg --any
      mien verify a.jpg b.jpg --model MODEL --max-distance 0.6
      mien verify a.jpg b.jpg --verifier mine.json
    """
    output = Output(json=json, quiet=quiet)
    _check_alone(context, verifier)
    decision = decision.said(output, metric)
    classic = _classic(preset, network, metric, decision)
    if sum(one is not None for one in (classic, decision.calibration, gallery)) > 1:
        raise InvalidOption("expected one of --preset, --calibration and --gallery, got more")
    own = find_calibration(decision.calibration, gallery, network.detector, output)
    if gallery is not None and own is None:
        raise SourceNotFound(
            f"expected a calibration beside {gallery}, got none; run `mien calibrate DATA "
            f"--gallery {gallery}`"
        )
    if classic is not None:
        network = replace(network, embedder=classic.embedder, mirror=False)
    parts = network.opened(output)
    if largest and any_:
        raise InvalidOption("expected --largest or --any, got both; leave one out")
    photos = find_one(first, exclude), find_one(second, exclude)
    fitted = None
    if verifier is not None:
        fitted, parts = options.find_verifier(verifier, parts, context, output)
    recognizer = options.load_recognizer(parts, output)

    from mien.api import policy_for
    from mien.matching import Metric
    from mien.pipeline import FaceChoice

    choice = FaceChoice.LARGEST if largest else FaceChoice.ANY if any_ else FaceChoice.ONLY
    if fitted is not None:
        answer = recognizer.verify_by(*photos, fitted, choice)
    else:
        space = recognizer.embedder.space
        if classic is None and own is None and metric != Metric.EUCLIDEAN:
            own = usual_calibration(space, parts.detector, output)
        measured, asked = parts.measured, decision.asked()
        policy = (
            policy_for(space, metric=metric, calibration=own, measured=measured, **asked)
            if classic is None
            else classic.policy()
        )
        answer = recognizer.verify(*photos, policy, choice)
    output.answer(answer.to_json(), _lines(answer, photos, output))
    if not answer.same:
        raise typer.Exit(Status.NO)


def _check_alone(context: typer.Context, verifier: Path | None) -> None:
    """A verifier brings its own threshold, so that nothing else may decide.

    Raises:
        InvalidOption: something else was typed too.
    """
    others = (
        *("metric", "min_similarity", "max_distance", "threshold", "fmr", "calibration"),
        *("gallery", "preset"),
    )
    typed = [flag(name) for name in others if options.was_typed(context, name)]
    if verifier is not None and typed:
        raise InvalidOption(f"expected --verifier alone, got it with {' and '.join(typed)}")


def _classic(
    name: str | None,
    network: options.NetworkOptions,
    metric: str,
    decision: PairOptions,
) -> Preset | None:
    """The preset of that name; it brings embedder, metric and threshold of its own.

    Raises:
        InvalidOption: there is none of that name, or one of these was chosen too.
    """
    if name is None:
        return None
    from mien.matching import find_preset

    chosen = (network.embedder, network.model, metric, decision.own(metric))
    if chosen != ("sface", None, "cosine", None):
        raise InvalidOption(
            "expected --preset alone, got it with --embedder, --model, --metric, --min-similarity "
            "or --max-distance too"
        )
    return find_preset(name)


def _lines(answer: Verification, photos: tuple[Path, Path], output: Output) -> Iterator[str]:
    yield verification_line(answer, output)
    if answer.fmr is not None:
        yield f"  threshold measured at a false match rate of {answer.fmr:g}"
    if answer.probability is not None:
        yield f"  probability of the same person {answer.probability:.3f}"
    for photo, face in zip(photos, answer.faces, strict=True):
        yield f"  {place(face)}  {shown(str(photo))}"
