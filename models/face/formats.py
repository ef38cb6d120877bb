"""The endings of weights files.

Pure constants: who looks for weights need not import torch, who reads them does. Owns nothing.
"""

from typing import Final

SAFETENSORS: Final = ".safetensors"
SUFFIXES: Final = (SAFETENSORS, ".pth", ".pt", ".bin", ".ckpt")
"""In the order in which they are looked for."""
