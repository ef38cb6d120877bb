"""A face network through onnxruntime, the CPU's fastest way for the small ones.

In: a network, or the file that it was exported to before; out: a `Runner`. Runs in
inference, in the engine's thread; needs torch, and onnx when it exports. Owns the session,
and the files NAME/DIGEST.onnx in the folder that it is given.

An export takes seconds and holds up all other sessions, so it is kept: under a digest of the
weights and of the code that made it, the last one for each name.
"""

import io
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import nn
from torch.backends.cpu import get_cpu_capability

from data.staging import staged_file
from models.face.runner import BUCKETS, FaceShapes, parts, run_one

_INPUTS = ("seen", "heard")


class ExportedRunner:
    """See `Runner`. graph: an ONNX file or its bytes. threads: 0 for one on each core.

    Threads that wait sleep: the cores belong to other sessions too.
    """

    def __init__(self, graph: Path | bytes, row: FaceShapes, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._row = row
        self._session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )

    def warm(self) -> None:
        """See `Runner`: one face."""
        run_one(self, self._row)

    def run(
        self, seen: Sequence[torch.Tensor], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """See `Runner`."""
        for part in parts(len(seen), BUCKETS[-1]):
            whole = np.stack([row.numpy() for row in seen[part]])
            fed = {"seen": whole, "heard": np.ascontiguousarray(heard[part])}
            (out[part],) = self._session.run(None, fed)


def exported_runner(
    load: Callable[[], nn.Module], row: FaceShapes, weights: Path, folder: Path
) -> ExportedRunner:
    """The runner of what `load` gives, which is called only if `folder` holds no export of it.

    weights: the file that it loads; the export lies in a folder called like it. One that cannot
    be written to is no error: the next start exports again.
    """
    file = folder / weights.stem / f"{digest(weights)}.onnx"
    if file.is_file():
        return ExportedRunner(file, row)
    graph = export(load(), row)
    with suppress(OSError):
        _keep(graph, file)
    return ExportedRunner(graph, row)


def export(network: nn.Module, row: FaceShapes) -> bytes:
    """The network as an ONNX graph of any batch size; the network is on the CPU."""
    file = io.BytesIO()
    seen, heard = torch.zeros(2, *row.seen, dtype=row.dtype), torch.zeros(2, *row.heard)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter talks about its successor
        torch.onnx.export(
            network.eval(),
            (seen, heard),
            file,  # type: ignore[arg-type] # this exporter writes to a stream too, as it documents
            input_names=list(_INPUTS),
            output_names=["faces"],
            dynamic_axes={name: {0: "batch"} for name in (*_INPUTS, "faces")},
            opset_version=17,
            dynamo=False,
        )
    return file.getvalue()


def digest(weights: Path) -> str:
    """Of the weights, of this package's code, of the libraries that make the graph, and of what
    this processor can do."""
    found = blake2b(digest_size=12)
    for path in [weights, *sorted(Path(__file__).parent.rglob("*.py"))]:
        found.update(path.read_bytes())
    found.update(f"{torch.__version__} {onnxruntime.__version__}".encode())
    found.update(f"{get_cpu_capability()} {torch.cpu._is_vnni_supported()}".encode())
    return found.hexdigest()


def _keep(graph: bytes, file: Path) -> None:
    """Write `file` whole or not at all, and remove the older ones."""
    with staged_file(file) as new:
        for path in file.parent.glob("[!.]*.onnx"):
            path.unlink(missing_ok=True)
        new.write_bytes(graph)
