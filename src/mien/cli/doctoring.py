"""What `mien doctor` finds out, as one record, and the record as lines."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien import __version__
from mien.cli.text import plural, shown
from mien.errors import GalleryNotFound, MienError, ModelError

if TYPE_CHECKING:
    from mien.models import ModelCard, ModelStore

# The default networks; of MTCNN only its last one is used, on faces that YuNet found.
NETWORKS = {"yunet": None, "mtcnn": "onet.onnx", "sface": None}
# What the two runtimes use where they find it; names as Linux and macOS have them.
_INSTRUCTIONS = (
    *("sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni"),
    *("avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8"),
    *("asimd", "asimddp", "bf16", "i8mm", "sve"),
)
_VARIABLES = ("MIEN_CACHE", "MIEN_GALLERY", "MIEN_MODELS", "MIEN_OFFLINE", "MIEN_BENCH_DATA")

Record = dict[str, Any]


def examine(gallery: str | None, *, measured: bool = True) -> Record:
    """Everything about this machine that matters to mien; fetches nothing.

    Args:
        gallery: the path that was asked for; None is the default one.
        measured: whether each network is run under each plan, which takes some seconds.
    """
    from mien.models import ModelStore
    from mien.models.machine import core_count, cpu_features, cpu_name

    store = ModelStore()
    flags = set(cpu_features().split())
    engines = _engines()
    networks = [_network(store, name, measured) for name in NETWORKS]
    return {
        "mien": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cpu": {
            "name": cpu_name(),
            "cores": core_count(),
            "instructions": [name for name in _INSTRUCTIONS if name in flags],
        },
        "engines": engines,
        "networks": networks,
        "gallery": _gallery(gallery),
        "cache": {"path": str(store.cache.root), "free_bytes": _free_bytes(store.cache.root)},
        "environment": _environment(),
        "missing": _missing(engines, networks),
    }


def report_lines(report: Record) -> Iterator[str]:
    """The record for people."""
    cpu = report["cpu"]
    yield f"mien {report['mien']}, Python {report['python']}, {report['system']}"
    yield f"{cpu['name']}, {plural(cpu['cores'], 'core')}"
    if cpu["instructions"]:
        yield f"  {' '.join(cpu['instructions'])}"
    yield ""
    for engine in report["engines"]:
        yield f"{engine['name']:<12} {engine['version'] or 'not installed'}"
    for network in report["networks"]:
        yield ""
        yield from _network_lines(network)
    yield ""
    yield f"gallery  {shown(report['gallery']['path'])}"
    yield f"         {shown(report['gallery']['state'])}"
    free = report["cache"]["free_bytes"]
    yield f"cache    {shown(report['cache']['path'])}"
    yield f"         {'unknown' if free is None else f'{free / 1e9:.1f} GB'} free"
    for name, value in report["environment"].items():
        yield f"{name}={shown(value)}"
    yield ""
    for one in report["missing"]:
        yield f"missing: {one['what']}: {one['mend']}"
    if not report["missing"]:
        yield "nothing is missing"


def _network_lines(network: Record) -> Iterator[str]:
    yield f"{network['name']} ({network['task']}), weights {network['cache']}"
    for plan in network["plans"]:
        mark = "*" if plan["chosen"] else " "
        kept = "" if plan["faithful"] else ", too far from fp32 to be used"
        yield (
            f"  {mark} {plan['plan']:<28} {plan['milliseconds']:7.2f} ms"
            f"   cosine with the reference {plan['cosine']:.5f}{kept}"
        )
    if network["plans"]:
        yield f"  * is used; ms for one {network['unit']} of a batch of 8"
    if network["error"] is not None:
        yield f"  {shown(network['error']['message'])}"


def _engines() -> list[Record]:
    from mien.models.engines import Engine, engine_version

    return [{"name": engine.value, "version": engine_version(engine)} for engine in Engine]


def _network(store: ModelStore, name: str, measured: bool) -> Record:
    card = store.card(name)
    states = {status.state.value for status in store.check() if status.card.name == name}
    state = next(one for one in ("damaged", "missing", "cached") if one in states)
    record: Record = {
        "name": name,
        "task": card.task.value,
        "cache": state,
        "unit": "picture of 128 × 128" if name == "yunet" else "face",
        "plans": [],
        "error": None,
    }
    if measured and state == "cached":
        try:
            record["plans"] = _plans(store, card, NETWORKS[name])
        except ModelError as error:
            record["error"] = {"kind": error.kind, "message": str(error)}
    return record


def _plans(store: ModelStore, card: ModelCard, file: str | None) -> list[Record]:
    from mien.models.loading import RuntimeOptions, choose_plan, measure

    measurements = measure(store, card, file=file)
    chosen = choose_plan(store, card, RuntimeOptions(), file)
    return [
        {
            "plan": str(one.plan),
            "engine": one.plan.engine.value,
            "precision": one.plan.precision.value,
            "device": one.plan.device,
            "threads": one.plan.threads,
            "milliseconds": round(one.milliseconds, 3),
            "cosine": round(one.cosine, 6),
            "faithful": one.faithful,
            "chosen": one.plan == chosen,
        }
        for one in measurements
    ]


def _gallery(path: str | None) -> Record:
    """Whether the gallery opens and every row of it is as it was written."""
    from mien.cli.options import open_gallery
    from mien.gallery import default_path

    where = str(default_path() if path is None else path)
    record: Record = {"path": where, "exists": True, "sound": None, "people": None}
    try:
        with open_gallery(path, read_only=True) as gallery:
            problems = gallery.check()
            stats = gallery.stats()
    except GalleryNotFound:
        return {**record, "exists": False, "state": "none yet; `mien enroll` makes it"}
    except MienError as error:
        return {**record, "sound": False, "state": str(error)}
    if problems:
        state = f"{plural(len(problems), 'problem')}: run `mien gallery check`"
    else:
        people = plural(stats.people, "person", "people")
        state = f"sound; {people}, {plural(stats.templates, 'photo')}"
    return {**record, "sound": not problems, "people": stats.people, "state": state}


def _free_bytes(folder: Path) -> int | None:
    """On the disk where the cache lies or would lie."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def _environment() -> dict[str, str]:
    """Our variables; of those that this version does not know only that they are set."""
    ours = sorted(name for name in os.environ if name.startswith("MIEN_"))
    return {name: os.environ[name] if name in _VARIABLES else "(set)" for name in ours}


def _missing(engines: list[Record], networks: list[Record]) -> list[Record]:
    """What `mien identify` cannot do without, each with the command that mends it."""
    missing = [
        {"what": "ONNX Runtime", "mend": "python -m pip install onnxruntime"}
        for engine in engines
        if engine["name"] == "onnxruntime" and engine["version"] is None
    ]
    for network in networks:
        pull = f"mien models pull {network['name']}"
        if network["cache"] != "cached":
            what = f"the weights of {network['name']} ({network['cache']})"
            missing.append({"what": what, "mend": pull})
        elif network["error"] is not None:
            what = f"{network['name']} does not load: {network['error']['message']}"
            missing.append({"what": what, "mend": pull})
    return missing
