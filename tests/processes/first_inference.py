"""Threads meet at a network's first inference, where any import of a library takes long.

OpenVINO's Python module imports inside a static initialiser: a second thread that comes there in
the meantime holds the interpreter and waits, for ever. argv: engine, threads.
"""

import builtins
import sys
import threading
import time
from typing import Any

import numpy as np

from mien.models import Engine, ModelStore, RuntimeOptions, open_network

engine, count = Engine(sys.argv[1]), int(sys.argv[2])
network = open_network(ModelStore(), "sface", RuntimeOptions(engine=engine, threads=1))
batch = np.zeros((1, 3, 112, 112), np.float32)
barrier = threading.Barrier(count)
plain_import = builtins.__import__


def slow_import(*arguments: Any, **named: Any) -> Any:
    time.sleep(0.05)
    return plain_import(*arguments, **named)


def run_first() -> None:
    barrier.wait()
    network.run(batch)


builtins.__import__ = slow_import
threads = [threading.Thread(target=run_first) for _ in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
