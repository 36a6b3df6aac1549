"""The model card: what a trained model is, what it was made of, how good it is, what it is not for.

Its parts follow Mitchell et al., "Model cards for model reporting" (2019), held short.
"""

from __future__ import annotations

from collections.abc import Iterator

from mien.errors import InvalidOption
from mien.evaluation import Rate
from mien.training.card_facts import (
    BeforeAfter,
    DataUsed,
    ModelCardFacts,
    OpenSet,
    PartResult,
    PersonPhotos,
)
from mien.training.markdown import code, escaped, listing, table
from mien.training.metrics import PersonRecall

PEOPLE_LISTED = 50
REFUSED_LISTED = 20


def write_model_card(facts: ModelCardFacts) -> str:
    """The card as Markdown; names and messages are shown as they are, never read as markup.

    Raises:
        InvalidOption: another kind of model.
    """
    if facts.kind not in ("classifier", "embedder"):
        raise InvalidOption(f"kind: expected classifier or embedder, got {facts.kind!r}")
    return "\n\n".join(part for part in _parts(facts) if part) + "\n"


def _parts(facts: ModelCardFacts) -> Iterator[str]:
    yield f"# {escaped(facts.name)}"
    yield _opening(facts)
    yield "\n".join(f"> **{escaped(one, 500)}**\n>" for one in facts.warnings).removesuffix("\n>")
    yield _summary(facts)
    yield from _use(facts)
    if facts.results:
        yield from _results(facts)
    if facts.kind == "classifier":
        yield from _unknown_people(facts)
    else:
        yield from _comparison(facts.comparison)
    yield from _limits(facts)
    yield from _data(facts.data)
    yield from _training(facts)
    yield from _pictures(facts)


def _opening(facts: ModelCardFacts) -> str:
    people = len(facts.data.people)
    if facts.kind == "classifier":
        return (
            f"Names {people:,} people in photos of faces, and is to say `unknown` of everybody "
            f"else. Trained with mien {escaped(facts.made_with)} by transfer learning."
        )
    return (
        f"Turns a face into {facts.dimensions or 'a list of'} numbers that are alike for photos of "
        f"one person. Fine-tuned with mien {escaped(facts.made_with)} on {people:,} people."
    )


def _summary(facts: ModelCardFacts) -> str:
    backbone = facts.backbone
    licence = escaped(backbone.licence)
    if backbone.licence_note:
        licence += f" ({escaped(backbone.licence_note)})"
    photos = sum(one.train + one.validation + one.test for one in facts.data.people)
    rows = [
        ("backbone", f"{escaped(backbone.name)}, {escaped(backbone.learning)}"),
        ("its weights", f"licence {licence}; SHA-256 `{backbone.weights_sha256[:16]}…`"),
        ("head", escaped(facts.head) if facts.head else ""),
        ("embedding", f"{facts.dimensions} numbers" if facts.dimensions else ""),
        ("data", f"{photos:,} photos of {len(facts.data.people):,} people"),
    ]
    if facts.results:
        first = facts.results[0]
        rate = _percent(first.report.accuracy)
        rows.append((f"accuracy, {escaped(first.title)}", f"{rate}, {first.report.count:,} photos"))
    if facts.open_set is not None:
        rows.append(("strangers named", _percent(facts.open_set.false_accepts)))
        rows.append(("own people not named", _percent(facts.open_set.false_rejects)))
    if facts.parity is not None:
        rows.append(
            ("`model.onnx`", f"differs from the trained network by {facts.parity:.1g} at most")
        )
    return _facts_table(rows)


def _use(facts: ModelCardFacts) -> Iterator[str]:
    yield "## Use"
    if facts.kind == "classifier":
        unset = facts.open_set is None
        threshold = " --min-similarity 0.5" if unset else ""
        yield code([f"mien identify photo.jpg --model MODEL{threshold}"], "console")
        yield (
            "MODEL is this folder. `model.onnx` takes upright, aligned RGB crops as they are "
            "(0 to 255) and gives `embedding` and `logits`; `model.json` says how."
        )
    else:
        lines = ["mien enroll people/ --model MODEL --gallery team.gallery"]
        lines.append("mien identify photo.jpg --model MODEL --gallery team.gallery")
        yield code(lines, "console")
        yield (
            "MODEL is this folder. `model.onnx` takes upright, aligned RGB crops as they are "
            "(0 to 255) and gives `embedding`, of unit length. Its vectors are comparable with "
            "each other alone, not with those of the network that it came from."
        )


def _results(facts: ModelCardFacts) -> Iterator[str]:
    yield "## Results"
    yield "Photos of the people it knows, with 95 % intervals (Wilson)."
    heads = ["photos of", "count", "accuracy", "balanced", "calibration error"]
    yield table(
        heads,
        (
            (
                escaped(one.title),
                f"{one.report.count:,}",
                _percent(one.report.accuracy),
                f"{100 * one.report.balanced_accuracy:.1f} %",
                f"{one.report.calibration_error:.3f}",
            )
            for one in facts.results
        ),
    )
    decided = [one for one in facts.results if one.named_right is not None]
    if decided:
        yield "Once it may answer `unknown`:"
        heads = ["photos of", "right name", "wrong name", "unknown"]
        yield table(heads, (_decided_row(one) for one in decided))
    yield from _people(facts.results[0], facts.data)


def _people(result: PartResult, data: DataUsed) -> Iterator[str]:
    photos = {one.name: one for one in data.people}
    people = sorted(result.report.people, key=lambda one: (_value(one), one.name))
    yield f"### Each person ({escaped(result.title)})"
    if len(people) > PEOPLE_LISTED:
        yield f"The {PEOPLE_LISTED} of {len(people):,} who are named rightly least often."
    heads = ["person", "train", "validation", "test", "named rightly", "share"]
    yield table(heads, (_person_row(one, photos.get(one.name)) for one in people[:PEOPLE_LISTED]))


def _person_row(one: PersonRecall, photos: PersonPhotos | None) -> tuple[str, ...]:
    counts = ("", "", "")
    if photos is not None:
        counts = (f"{photos.train:,}", f"{photos.validation:,}", f"{photos.test:,}")
    share = "" if one.rate is None else _percent(one.rate)
    return (escaped(one.name), *counts, f"{one.correct:,} of {one.count:,}", share)


def _unknown_people(facts: ModelCardFacts) -> Iterator[str]:
    yield "## People whom it does not know"
    found = facts.open_set
    if found is None:
        why = f": {escaped(facts.open_set_note, 500)}" if facts.open_set_note else ""
        yield (
            f"**It has no threshold**{why}. `identify` asks for one (`--min-similarity`); how many "
            "strangers it would name was not measured."
        )
        return
    yield _open_set_text(found)


def _open_set_text(found: OpenSet) -> str:
    text = (
        f"A face is named if its similarity to that person reaches "
        f"{found.threshold.similarity:.3f}. "
        f"Of {escaped(found.strangers, 500)}, {_percent(found.false_accepts)} do; of its own "
        f"people's validation photos {_percent(found.false_rejects)} do not. Strangers who look "
        "more like these people than those did, relatives for one, are named more often."
    )
    if found.optimistic:
        text += " **The network had seen these people: real strangers are named more often.**"
    return text


def _comparison(rows: tuple[BeforeAfter, ...]) -> Iterator[str]:
    yield "## Before and after"
    if not rows:
        yield "Nothing was measured on held-out people: it may be worse than what it came from."
        return
    yield "On people that it did not learn from, with 95 % intervals."
    yield table(
        ["measure", "on", "before", "after"],
        (
            (escaped(one.title), escaped(one.data), _percent(one.before), _percent(one.after))
            for one in rows
        ),
    )


def _limits(facts: ModelCardFacts) -> Iterator[str]:
    yield "## Limits"
    faces = ", and in `pictures/` faces themselves" if facts.pictures else ""
    limits = [
        "Measured on photos of the same kind as it learned from. Other cameras, ages, poses and "
        "light give other numbers; measure it on your own (`mien evaluate`).",
        "Error rates differ between groups of people. Let no answer alone decide anything that "
        "matters to somebody.",
        "It does not check that a face is alive: a photo of a photo is named, too.",
        "This folder holds personal data: the names, and what the network learned of the faces"
        f"{faces}. To remove a person, train anew without them and delete this folder.",
    ]
    if facts.kind == "embedder":
        limits[3] = (
            "This folder holds what the network learned of the faces of the people in the data"
            f"{faces}."
        )
    yield listing(limits)


def _data(data: DataUsed) -> Iterator[str]:
    yield "## Data"
    parts = [
        f"{sum(getattr(one, part) for one in data.people):,} {part}"
        for part in ("train", "validation", "test")
    ]
    yield f"{len(data.people):,} people; photos: {', '.join(parts)}; {len(data.refused):,} refused."
    yield listing(escaped(note, 300) for note in data.notes)
    if data.refused:
        shown = data.refused[:REFUSED_LISTED]
        yield f"Refused{', the first' if len(shown) < len(data.refused) else ''}:"
        yield listing(f"{escaped(place)}: {escaped(reason)}" for place, reason in shown)


def _training(facts: ModelCardFacts) -> Iterator[str]:
    if not facts.settings and facts.seconds is None:
        return
    yield "## Training"
    rows = [(escaped(name), escaped(value)) for name, value in facts.settings]
    if facts.seconds is not None:
        rows.append(("took", f"{facts.seconds:,.0f} s"))
    yield _facts_table(rows)
    yield "All of it: `config.json`, `metrics.json`, `history.csv`."


def _pictures(facts: ModelCardFacts) -> Iterator[str]:
    if facts.pictures:
        yield "## Pictures"
    for place, caption in facts.pictures:
        yield f"![{escaped(caption)}]({place})"


def _facts_table(rows: list[tuple[str, str]]) -> str:
    lines = [f"| {name} | {value} |" for name, value in rows if value]
    return "\n".join(["| | |", "|:--|:--|", *lines])


def _decided_row(one: PartResult) -> tuple[str, ...]:
    rates = (one.named_right, one.named_wrong, one.unknown)
    return (escaped(one.title), *("" if rate is None else _percent(rate) for rate in rates))


def _value(one: PersonRecall) -> float:
    """Those without photos come last."""
    return 2.0 if one.rate is None else one.rate.value


def _percent(rate: Rate) -> str:
    return f"{100 * rate.value:.1f} % ({100 * rate.low:.1f} to {100 * rate.high:.1f})"
