"""``mien models``: the networks' weights, and the sample photos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli.commands.models_bench import bench
from mien.cli.options import JsonOption, QuietOption
from mien.cli.output import Output
from mien.cli.progress import transfers
from mien.cli.tables import table_lines
from mien.cli.text import shown
from mien.errors import ModelUnavailable

if TYPE_CHECKING:
    from mien.models import ModelCard, ModelStore
    from mien.models.store import FileStatus
    from mien.models.unpinned import UnpinnedEmbedder

app = typer.Typer(help="See to the networks' weights.")

UNPINNED_STATE = "unpinned"


@app.callback()
def _models() -> None:
    """See to the networks' weights: what there is, what is in the cache, what may be done."""


app.command()(bench)


@app.command("list")
def list_(json: JsonOption = False, quiet: QuietOption = False) -> None:
    """List every model and set of sample photos that mien knows by name.

    \b
    Example:
      mien models list
    """
    from mien.models import ModelStore

    output = Output(json=json, quiet=quiet)
    store = ModelStore(notify=output.note)
    rows = [(card, _state(states)) for card, states in _by_card(store)]
    waiting = list(_waiting(store))
    if json:
        for card, state in rows:
            output.answer(_card(card, state), ())
        for one in waiting:
            output.answer(_unpinned(one), ())
        return
    cells = [
        (card.name, card.task.value, _size(card.size_bytes), card.licence, state)
        for card, state in rows
    ]
    cells += [
        (one.name, "embedder", f"{one.download_megabytes} MB", one.licence, UNPINNED_STATE)
        for one in waiting
    ]
    output.answer(
        {}, table_lines(("name", "task", "size", "licence", "cache"), cells, right=("size",))
    )


@app.command()
def info(
    name: Annotated[str, typer.Argument(metavar="NAME", help="See `mien models list`.")],
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show a model's files, sources and licence.

    \b
    Example:
      mien models info sface
    """
    from mien.models import ModelStore

    output = Output(json=json, quiet=quiet)
    store = ModelStore(notify=output.note)
    for one in _waiting(store):
        if one.name == name:
            output.answer(_unpinned(one), [f"{name}: {one.description}", f"  {one.refusal()}"])
            return
    card = store.card(name)
    states = [status for status in store.check() if status.card.name == card.name]
    output.answer(_card(card, _state(states), states), _info_lines(card, states))


@app.command()
def check(json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Hash every file in the cache; status 3 if one that `identify` needs is not there.

    \b
    Example:
      mien models check
    """
    from mien.models import DEFAULT_CARDS, ModelStore

    output = Output(json=json, quiet=quiet)
    statuses = ModelStore().check()
    if json:
        for status in statuses:
            output.answer(_file(status), ())
    else:
        cells = [(one.card.name, one.file.name, one.state.value) for one in statuses]
        output.answer({}, table_lines(("model", "file", "state"), cells))
    bad = [
        one.card.name
        for one in statuses
        if one.state == "damaged" or (one.state == "missing" and one.card.name in DEFAULT_CARDS)
    ]
    if bad:
        names = " ".join(dict.fromkeys(bad))
        raise ModelUnavailable(
            f"expected {names} whole in the cache, got it missing or damaged: "
            f"run `mien models pull {names}`"
        )


@app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="By default what `identify` needs."),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take it from this file or folder, and not from afar."),
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fetch models into the cache, verified; what is there already is not fetched again.

    \b
    Examples:
      mien models pull
      mien models pull sface --weights ~/Downloads/face_recognition_sface_2021dec_int8bq.onnx
    """
    from mien.models import DEFAULT_CARDS, ModelStore

    output = Output(json=json, quiet=quiet)
    with transfers(output) as progress:
        store = ModelStore(weights=weights, notify=output.note, progress=progress)
        for card in [store.card(name) for name in dict.fromkeys(names or DEFAULT_CARDS)]:
            paths = [str(path) for path in store.pull(card)]
            output.answer(
                {"name": card.name, "files": paths},
                [f"{card.name}  {shown(path)}" for path in paths],
            )


@app.command()
def add(
    card: Annotated[Path, typer.Argument(metavar="CARD.toml", help="See docs/user-models.md.")],
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Add an embedder of your own: an ONNX file beside a card that says how to use it.

    \b
    Example:
      mien models add mobilefacenet.toml
      mien verify a.jpg b.jpg --embedder mobilefacenet --max-distance 0.6
    """
    from mien.models import ModelStore
    from mien.models.adding import add_model

    output = Output(json=json, quiet=quiet)
    store = ModelStore(notify=output.note)
    _added(output, store, add_model(store, card).name)


@app.command()
def pin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="See `mien models list`.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The weights that you fetched.")],
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say which file is meant by a model whose publisher states no hash; its hash then decides.

    \b
    Example:
      mien models pin vggface2-resnet50 rcmalli_vggface_tf_notop_resnet50.h5
    """
    from mien.models import ModelStore
    from mien.models.adding import pin_model

    output = Output(json=json, quiet=quiet)
    store = ModelStore(notify=output.note)
    _added(output, store, pin_model(store, name, file).name)


@app.command()
def forget(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="See `mien models list`.")],
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove models from the cache; what you added or pinned is then to be added or pinned again.

    \b
    Example:
      mien models forget mobilefacenet
    """
    from mien.models import ModelStore

    output = Output(json=json, quiet=quiet)
    store = ModelStore(notify=output.note)
    for name in dict.fromkeys(names):
        store.forget(name)
        output.answer({"name": name, "forgotten": True}, [f"{name}  forgotten"])


def _added(output: Output, store: ModelStore, name: str) -> None:
    card = store.card(name)
    states = [status for status in store.check() if status.card.name == name]
    output.answer(_card(card, _state(states), states), _info_lines(card, states))


def _waiting(store: ModelStore) -> Iterator[UnpinnedEmbedder]:
    """The models that have no hash yet."""
    yield from (card for name, card in store.own.unpinned.items() if name not in store.cards)


def _by_card(store: Any) -> Iterator[tuple[ModelCard, list[FileStatus]]]:
    statuses = store.check()
    for card in store.cards.values():
        yield card, [status for status in statuses if status.card.name == card.name]


def _state(statuses: list[FileStatus]) -> str:
    """The card's state in a word: that of its worst file."""
    states = {status.state.value for status in statuses}
    if states == {"cached"}:
        return "cached"
    return "damaged" if "damaged" in states else "in part" if "cached" in states else "missing"


def _card(card: ModelCard, state: str, statuses: list[FileStatus] | None = None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": card.name,
        "task": card.task.value,
        "description": card.description,
        "size_bytes": card.size_bytes,
        "licence": card.licence,
        "licence_note": card.licence_note,
        "cache": state,
        "verified": card.verified,
    }
    if statuses is not None:
        record["files"] = [_file(status) for status in statuses]
    return record


def _unpinned(card: UnpinnedEmbedder) -> dict[str, Any]:
    return {
        "name": card.name,
        "task": "embedder",
        "description": card.description,
        "size_bytes": None,
        "licence": card.licence,
        "licence_note": card.licence_note,
        "cache": UNPINNED_STATE,
        "verified": False,
    }


def _file(status: FileStatus) -> dict[str, Any]:
    return {
        "model": status.card.name,
        "file": status.file.name,
        "path": str(status.path),
        "state": status.state.value,
        "size_bytes": status.file.size_bytes,
        "sha256": status.file.sha256,
        "sources": [str(source) for source in status.file.sources],
    }


def _info_lines(card: ModelCard, statuses: list[FileStatus]) -> Iterator[str]:
    yield f"{card.name}: {card.description}"
    note = f" ({card.licence_note})" if card.licence_note else ""
    yield f"  licence  {card.licence}{note}"
    if not card.verified:
        yield "  its hash is the publisher's word; this project has not seen the file"
    for status in statuses:
        yield f"  {status.file.name}  {_size(status.file.size_bytes)}, {status.state.value}"
        yield f"    sha256  {status.file.sha256}"
        yield f"    cache   {shown(str(status.path))}"
        for source in status.file.sources:
            yield f"    from    {source}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.0f} kB"
