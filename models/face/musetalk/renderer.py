"""The rendering half of MuseTalk: the networks from their files to where they run.

In: the published files; out: what paints faces. Runs in inference, in the engine's thread;
owns nothing: the painter is the engine's.
"""

from models.face.avatar_arrays import AvatarArrays
from models.face.cuda import Cuda
from models.face.musetalk.layout import MuseTalkFiles
from models.face.musetalk.networks import MuseTalk, read_musetalk
from models.face.musetalk.sizes import LATENT_CHANNELS, LATENT_SIDE, SIDE
from models.face.network import Target
from models.face.network_renderer import NetworkRenderer
from models.face.runner import BucketRunner, FaceShapes, PlainRunner, Runner


def make_renderer(files: MuseTalkFiles, tokens: int, target: Target) -> NetworkRenderer:
    """The networks of `files` for features of so many tokens; EngineError as `read_musetalk`."""
    network = read_musetalk(files, tokens, target)
    return NetworkRenderer(make_runner(network, target), AvatarArrays(target.device, target.dtype))


def make_runner(network: MuseTalk, target: Target) -> Runner:
    """The runner that fits where the network is; onnxruntime would hold its 3.7 GB twice."""
    row = row_of(network, target)
    if target.on_cuda:
        return BucketRunner(network, row, Cuda(target.device))
    return PlainRunner(network, row)


def row_of(network: MuseTalk, target: Target) -> FaceShapes:
    """What the network takes and gives; latents lie as the network's own numbers."""
    tokens, width = network.places.shape
    latent = (LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
    return FaceShapes(latent, target.dtype, (tokens, width), (SIDE * 3 // 2, SIDE))
