"""What a film says of itself in its metadata: an XMP packet at the end of an MP4 or WebP file.

In: a whole file. Out: the same with one box, or chunk, more. It has the IPTC's Digital Source
Type, and the label that China's GB 45438-2025 asks for in a file's metadata, `AIGC`. Source: ISO
16684-1, XMP part 3 for the box, RFC 9649 for the chunk. Runs in the marking process; owns nothing.
"""

import json
import os
import struct
from pathlib import Path
from typing import Final
from uuid import UUID
from xml.sax.saxutils import quoteattr

from actors.egress.marking.synthetic_sei import IPTC_SOURCE

XMP_BOX: Final = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac")
MAKER: Final = "ringtalk"
_VP8X_FLAGS: Final = 20
"""Where they stand in a WebP file (RFC 9649, 2.7)."""
_HAS_XMP: Final = 0x04
_PACKET: Final = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
   xmlns:xmp="http://ns.adobe.com/xap/1.0/"
   xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
   xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"
   xmp:CreatorTool={tool}
   Iptc4xmpExt:DigitalSourceType={source}
   TC260:AIGC={label}/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def packet(number: str) -> str:
    """number: of this film, for the label's ProduceID."""
    label = {"Label": "1", "ContentProducer": MAKER, "ProduceID": number}
    rest = dict.fromkeys(("ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"), "")
    return _PACKET.format(
        tool=quoteattr(MAKER),
        source=quoteattr(IPTC_SOURCE),
        label=quoteattr(json.dumps(label | rest)),
    )


def add_xmp(path: Path, number: str) -> None:
    """Mark an MP4, or else a WebP. Raises OSError, and ValueError for a WebP without an extended
    head."""
    if path.suffix.lower() == ".webp":
        _add_chunk(path, number)
    else:
        _add_box(path, number)


def _add_box(path: Path, number: str) -> None:
    payload = XMP_BOX.bytes + packet(number).encode()
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + len(payload), b"uuid") + payload)


def _add_chunk(path: Path, number: str) -> None:
    """Behind the last one, and its flag and the new size into the head."""
    payload = packet(number).encode()
    with path.open("r+b") as file:
        head = file.read(_VP8X_FLAGS + 1)
        if len(head) <= _VP8X_FLAGS or head[:4] != b"RIFF" or head[12:16] != b"VP8X":
            raise ValueError(f"{path.name!r} is no WebP with an extended head (RFC 9649, 2.7)")
        file.seek(0, os.SEEK_END)
        file.write(struct.pack("<4sI", b"XMP ", len(payload)) + payload)
        file.write(b"\0" * (len(payload) % 2))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))
        file.seek(_VP8X_FLAGS)
        file.write(bytes([head[_VP8X_FLAGS] | _HAS_XMP]))
