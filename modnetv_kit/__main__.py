"""`python -m modnetv_kit` is `modnetv`."""

from .cli import main

main()
