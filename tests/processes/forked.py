"""A process that forks after it has used mien; argv: scenario, an empty folder, photos.

Each scenario is a function: what its children say is compared with what the parent says.
"""

import faulthandler
import multiprocessing
import os
import pickle
import signal
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import mien
from mien.errors import ForkedProcess

FOLDER, PHOTOS = Path(sys.argv[2]), sys.argv[3:]
CHILD_LIMIT_S = 60


def in_child(work: Callable[[], Any]) -> Any:
    """The answer of ``work`` in a child that then ends as any program does; its error is raised."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        faulthandler.register(signal.SIGALRM, chain=True)  # says where it hangs
        signal.alarm(CHILD_LIMIT_S)
        try:
            told = (True, work())
        except Exception as error:  # noqa: BLE001 (goes to the parent)
            told = (False, error)
        os.write(writing, pickle.dumps(told))
        sys.exit()
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, f"the child ended with {status}"
    good, answer = pickle.loads(text)
    if not good:
        raise answer
    return answer


def refused(work: Callable[[], Any]) -> bool:
    """Whether a child gets the error for it, with a cure."""
    try:
        in_child(work)
    except ForkedProcess as error:
        return "forked child; " in str(error)
    return False


def is_same() -> bool:
    return mien.verify(PHOTOS[0], PHOTOS[1]).same


def shows_him(photo: str) -> bool:
    return mien.verify(PHOTOS[0], photo).same


def vectors(recognizer: mien.Recognizer) -> np.ndarray:
    return np.stack([one.faces[0].vector for one in recognizer.encode_photos(PHOTOS[:2])])


@contextmanager
def working(work: Callable[[], object], threads: int = 3) -> Iterator[None]:
    """Threads that do nothing else."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            work()

    workers = [threading.Thread(target=go_on) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in workers:
            worker.join()


# Scenarios --------------------------------------------------------------------------------------


def first_use_in_child() -> None:
    assert in_child(is_same)
    assert is_same()


def kept_networks() -> None:
    assert is_same()
    assert in_child(is_same)
    assert in_child(lambda: in_child(is_same))
    assert is_same()


def own_recognizer() -> None:
    recognizer = mien.build_recognizer()
    here = vectors(recognizer)
    there = in_child(lambda: vectors(recognizer))
    assert (here * there).sum(axis=1).min() > 0.999
    np.testing.assert_array_equal(vectors(recognizer), here)


def chosen_openvino() -> None:
    from mien.models import Engine

    settings = mien.Settings(runtime=mien.RuntimeOptions(engine=Engine.OPENVINO))
    recognizer = mien.build_recognizer(settings)
    here = vectors(recognizer)
    assert refused(lambda: vectors(recognizer))
    assert refused(lambda: mien.verify(PHOTOS[0], PHOTOS[1], settings=settings))
    np.testing.assert_array_equal(vectors(recognizer), here)


def pools() -> None:
    here = [shows_him(photo) for photo in PHOTOS]
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(2, mp_context=fork) as pool:
        assert list(pool.map(shows_him, PHOTOS, timeout=CHILD_LIMIT_S)) == here
    with fork.Pool(2) as pool:
        assert pool.map_async(shows_him, PHOTOS).get(CHILD_LIMIT_S) == here


def data_loader() -> None:
    from torch.utils.data import DataLoader

    here = [shows_him(photo) for photo in PHOTOS]

    class Photos:
        def __len__(self) -> int:
            return len(PHOTOS)

        def __getitem__(self, place: int) -> bool:
            return shows_him(PHOTOS[place])

    loader = DataLoader(
        Photos(), num_workers=2, multiprocessing_context="fork", timeout=CHILD_LIMIT_S,
        batch_size=None,
    )  # fmt: skip
    assert list(loader) == here


def servers() -> None:
    """One process for each request, and processes that share a socket, as gunicorn preloads."""
    import socket

    here = "yes" if is_same() else "no"

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            photo = self.rfile.readline().decode().strip()
            self.wfile.write(b"yes\n" if shows_him(photo) else b"no\n")

    def ask(address: Any) -> str:
        with socket.create_connection(address, timeout=CHILD_LIMIT_S) as asked:
            asked.sendall(f"{PHOTOS[1]}\n".encode())
            return asked.makefile().readline().strip()

    class Forking(socketserver.ForkingMixIn, socketserver.TCPServer):
        pass

    with Forking(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        assert [ask(server.server_address) for _ in range(3)] == [here] * 3
        server.shutdown()
        thread.join()
    with socketserver.TCPServer(("127.0.0.1", 0), Answer) as shared:
        workers = []
        for _ in range(2):
            workers.append(os.fork())
            if not workers[-1]:
                signal.alarm(CHILD_LIMIT_S)
                shared.serve_forever()
        assert [ask(shared.server_address) for _ in range(4)] == [here] * 4
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)


def while_threads_work() -> None:
    with mien.Gallery.open(FOLDER / "team.gallery") as gallery:
        mien.enroll([("Barack", PHOTOS[0])], gallery)

        def look() -> str | None:
            return mien.identify(PHOTOS[1], gallery).faces[0].name

        with working(look):
            for _ in range(5):
                assert in_child(look) == "Barack"


def while_a_thread_begins() -> None:
    """The child comes out of the first call, wherever the fork falls in it."""
    for pause_s in (0.0, 0.03, 0.1, 0.3):
        child = os.fork()
        if not child:
            signal.alarm(CHILD_LIMIT_S)
            thread = threading.Thread(target=is_same)
            thread.start()
            time.sleep(pause_s)
            assert in_child(is_same)
            thread.join()
            sys.exit()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def galleries() -> None:
    path = FOLDER / "team.gallery"
    with mien.Gallery.open(path) as gallery, mien.Gallery.in_memory() as memory:
        for one in (gallery, memory):
            mien.enroll([("Barack", PHOTOS[0])], one)

        def also_here() -> list[str]:
            with mien.Gallery.open(path) as again:  # the same file, opened anew
                mien.enroll([("Eileen", PHOTOS[2])], again)
            return [person.name for one in (gallery, memory) for person in one.people()]

        assert in_child(also_here) == ["Barack", "Eileen", "Barack"]
        assert [person.name for person in gallery.people()] == ["Barack", "Eileen"]
        assert [person.name for person in memory.people()] == ["Barack"]
        assert mien.identify(PHOTOS[2], gallery).faces[0].name == "Eileen"
        assert gallery.check() == ()


def answers_under_way() -> None:
    answers = mien.detect_many(PHOTOS * 20)
    assert next(answers).faces
    assert refused(lambda: list(answers))
    assert len(list(answers)) == len(PHOTOS) * 20 - 1


def videos() -> None:
    from mien.images.video import FilmWriter, open_video

    film = FOLDER / "film.mp4"
    picture = np.zeros((64, 64, 3), np.uint8)
    with FilmWriter(film, (64, 64)) as writer:
        writer.add(picture, 0.0)
        assert refused(lambda: writer.add(picture, 1.0))
        for number in range(1, 30):
            writer.add(picture + np.uint8(number), number / 10)
    with open_video(film) as unread, open_video(film) as video:
        next(iter(video))
        assert refused(lambda: list(unread))
        assert refused(lambda: next(video))
        assert in_child(video.close) is None
        assert len(list(video)) == 29


def kept_encodings() -> None:
    from mien.encodings import EncodingCache

    with EncodingCache.open(FOLDER / "kept") as cache:
        assert refused(lambda: cache.find(b"key", [b"photo"], 128))
        assert cache.find(b"key", [b"photo"], 128) == {}


def learning() -> None:
    from mien.networks import require_torch

    require_torch("sklearn.manifold")
    import torch
    from sklearn.manifold import TSNE

    def work() -> None:
        network = torch.nn.Conv2d(3, 64, 3)
        network(torch.ones(8, 3, 100, 100)).sum().backward()
        TSNE(perplexity=5, max_iter=250, n_jobs=2).fit_transform(np.eye(100))

    work()
    in_child(work)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
