"""The list of a batch: what its lines mean, and every mistake at once."""

from pathlib import Path

import pytest

from data.services import SpeechStyle
from server.cli.batch_file import BadBatch, BatchRow, clips_of, read_batch


def read(tmp_path: Path, name: str, text: str) -> list[BatchRow]:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return read_batch(path)


def test_a_line_is_a_clip(tmp_path: Path) -> None:
    rows = read(tmp_path, "said.txt", "\ufeffHello.\n\n  \nBye, bye.\r\n")
    assert rows == [BatchRow(1, "001.mp4", "Hello."), BatchRow(4, "004.mp4", "Bye, bye.")]


def test_a_row_says_more(tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(b"")
    (tmp_path / "wall.png").write_bytes(b"")
    table = (
        "name,text,voice,speed,avatar,background,audio\n"
        'intro,"Hello, you.",hibari,1.5,tomas,#204060,\n'
        ",,,,,wall.png,tone.wav\n"
        "loop.webp,Again.,,,,,\n"
    )
    one, two, three = read(tmp_path, "said.csv", table)
    style = SpeechStyle("hibari", 1.5)
    assert one == BatchRow(2, "intro.mp4", "Hello, you.", "tomas", "#204060", style)
    wall = tmp_path / "wall.png"
    assert two == BatchRow(3, "003.mp4", tmp_path / "tone.wav", background=wall)
    assert three.name == "loop.webp"
    made = clips_of([one, three], tmp_path / "out", "#ffffff")
    assert [clip.background for clip in made] == ["#204060", "#ffffff"]
    assert made[0].output == tmp_path / "out" / "intro.mp4"


def test_json_lines(tmp_path: Path) -> None:
    lines = '{"text": "Hello.", "speed": 2}\n{"name": "b", "text": "你好"}\n'
    one, two = read(tmp_path, "said.jsonl", lines)
    assert (one.style.speed, two.name, two.words) == (2.0, "b.mp4", "你好")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.txt", "\n \n", ["no line to speak"]),
        ("a.doc", "hi", ["allowed are .txt, .csv, .jsonl"]),
        ("a.csv", "text,colour\nhi,red\n", ["line 2: 'colour' is no column", "background"]),
        ("a.csv", "name,text\na,hi\nA,ho\n", ["line 3: 'A.mp4' is the name of line 2"]),
        ("a.csv", "name,text\n../x,hi\na/b,hi\n.x,hi\n", ["line 2: ", "line 3: ", "line 4: "]),
        ("a.csv", "name,text\nx.mov,hi\ny.avi,ho\n", ["line 2: 'x.mov' ends in '.mov'", "line 3"]),
        ("a.csv", "text\nhi,ho\n", ["line 2", "no column"]),
        ("a.csv", "text,speed\nhi,9\nho,fast\n", ["line 2: speed", "line 3: speed"]),
        ("a.csv", "audio\nnone.wav\n", ["line 2: audio: there is no file 'none.wav'"]),
        ("a.csv", "text,background\nhi,none.png\n", ["neither a colour nor a file"]),
        ("a.csv", "name,text\nx,\n", ["needs either a text or audio"]),
        ("a.jsonl", '{"text": "hi"}\n{"text"\n', ["line 2"]),
        ("a.jsonl", "[1]\n", ["line 1"]),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, name: str, text: str, told: list[str]) -> None:
    with pytest.raises(BadBatch) as refused:
        read(tmp_path, name, text)
    for part in told:
        assert part in str(refused.value)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(BadBatch, match="UTF-8"):
        read_batch(tmp_path / "a.txt")
