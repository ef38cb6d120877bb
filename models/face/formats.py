"""The endings of weights files, and how names in them may begin.

Pure constants: who looks for weights need not import torch, who reads them does. Owns nothing.
"""

from typing import Final

SAFETENSORS: Final = ".safetensors"
SUFFIXES: Final = (SAFETENSORS, ".pth", ".pt", ".bin", ".ckpt")
"""In the order in which they are looked for."""
PREFIX: Final = "module."
"""What torch.nn.DataParallel puts before every name of a network that it trained."""
