"""The entry point of WSGI servers."""

from hotline.app import create_app
from hotline.config import read_settings

app = create_app(read_settings())
