"""What a film says of itself in its metadata: an XMP packet at the end of an MP4 file.

In: a whole MP4 file. Out: the same with one box more. It has the IPTC's Digital Source Type, and
the label that China's GB 45438-2025 asks for in a file's metadata, `AIGC`. Source: ISO 16684-1, and
XMP part 3 for the box. Runs in the marking process; owns nothing.
"""

import json
import struct
from pathlib import Path
from typing import Final
from uuid import UUID
from xml.sax.saxutils import quoteattr

from actors.egress.marking.synthetic_sei import IPTC_SOURCE

XMP_BOX: Final = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac")
MAKER: Final = "ringtalk"
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
    """Append the box. Raises OSError."""
    payload = XMP_BOX.bytes + packet(number).encode()
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 8 + len(payload), b"uuid") + payload)
