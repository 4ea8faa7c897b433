"""modnetv_kit: portrait video matting with background restoration (MODNet-V, arXiv 2109.11818)."""

__version__ = "0.1.0"
