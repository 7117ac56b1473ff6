"""The entry point of WSGI servers."""

import gc

from hotline.app import create_app
from hotline.config import read_settings

app = create_app(read_settings())

# Most of what a request makes is gone with it, without the collector's help; the reference data is never garbage.
gc.set_threshold(20_000, 20, 100)
