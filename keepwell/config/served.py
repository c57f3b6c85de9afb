"""The application inside a process of `keepwell serve`: it ends when the one that started it is gone."""

from __future__ import annotations

import gc
import os

from keepwell.config.serving import end_with
from keepwell.config.wsgi import application

__all__ = ["application"]

# A server that was killed would leave this process holding the port.
end_with(os.getppid(), lambda: os._exit(1))

# What is loaded by now stays for good; a collector that walks over all of it now and then makes some page wait.
gc.collect()
gc.freeze()
