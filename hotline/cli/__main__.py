"""`python -m hotline.cli`, for processes that start each other without relying on PATH."""

from hotline.cli import main

main()
