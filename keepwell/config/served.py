"""The application inside a process of `keepwell serve`: it ends when the one that started it is gone."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from importlib import import_module

from django.conf import settings
from django.db import OperationalError, connection
from django.urls import get_resolver

from keepwell.config import wsgi
from keepwell.config.orphans import end_with
from keepwell.config.stack import in_one_piece

application = in_one_piece(wsgi.application)

# A server that was killed would leave this process holding the port.
end_with(os.getppid(), lambda: os._exit(1))

# However long no page is asked for: who would put another file in the database's place must see that it is in use.
if connection.vendor == "sqlite":
    with suppress(OperationalError):  # pages say that it does not answer, until it does
        connection.ensure_connection()

# In a demo nobody waits for programs, and who starts one wants to see it.
_ = get_resolver().reverse_dict
if not settings.KEEPWELL_DEMO:
    import_module(settings.ROOT_URLCONF).load_all()

# What is loaded by now stays for good; a collector that walks over all of it now and then makes some page wait.
gc.collect()
gc.freeze()
# What a page makes is gone with it, mostly without a collector: looked for at each 700 objects, as is usual, it costs a
# list a tenth of its time.
gc.set_threshold(50_000, 20, 20)
