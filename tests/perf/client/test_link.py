"""The relay between a client and its server: its arithmetic, and what it makes of descriptions."""

import asyncio

import uvloop

from perf.client.link import QUEUE_SECONDS, Link, Way
from perf.client.opus_packet import length_ms

OFFER = (
    "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 2130706431 192.0.2.7 4000 typ host\r\n"
    "a=candidate:1 1 udp 2130706431 198.51.100.7 4001 typ host\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 97\r\na=mid:1\r\n"
)


def test_a_narrow_way_queues_and_drops() -> None:
    link = Link(Way(rate=80_000))
    times = [link._through_queue(1000, 0.0) for _ in range(10)]
    passed = [at for at in times if at is not None]
    assert passed == [0.1 * (number + 1) for number in range(len(passed))] or len(passed) == 6
    assert link.full == 10 - len(passed)
    assert max(passed) <= max(QUEUE_SECONDS, 0.6) + 0.001
    assert link._through_queue(1000, 10.0) == 10.1


def test_each_side_is_told_the_relays_address() -> None:
    async def body() -> None:
        link = await Link(Way()).open()
        try:
            told = link.offered(OFFER)
            assert "192.0.2.7" not in told
            assert "198.51.100.7" not in told
            port = link._far.get_extra_info("sockname")[1]
            assert told.count(f" {port} typ host") == 2
            assert link._client == ("192.0.2.7", 4000)
        finally:
            link.close()
            await asyncio.sleep(0)

    uvloop.run(body())


def test_how_much_sound_is_in_a_packet() -> None:
    assert length_ms(b"") == 0
    assert length_ms(bytes([(31 << 3)])) == 20
    assert length_ms(bytes([(31 << 3) | 1])) == 40
    assert length_ms(bytes([(9 << 3)])) == 20
    assert length_ms(bytes([(10 << 3)])) == 40
    assert length_ms(bytes([(15 << 3)])) == 20
    assert length_ms(bytes([(31 << 3) | 3, 3])) == 60
