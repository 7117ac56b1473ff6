"""`python -m hotline.worker`."""

from hotline.config import read_settings
from hotline.worker.run import run

run(read_settings())
