"""Which sessions have a mark, by the settings and by what a client wants."""

from pathlib import Path

import pytest

from data.marking import USUAL_MARK, Marking, MarkWish, VisibleMark

HERE, ELSEWHERE = USUAL_MARK, MarkWish(embedded=True)
USUAL = VisibleMark("en", "bottom-right")


@pytest.mark.parametrize(
    ("visible", "here", "elsewhere"),
    [("embedded", None, USUAL), ("always", USUAL, USUAL), ("asked", None, None)],
)
def test_the_setting_decides_where_nobody_asks(
    visible: str, here: VisibleMark | None, elsewhere: VisibleMark | None
) -> None:
    marking = Marking(visible=visible)  # type: ignore[arg-type]
    assert (marking.mark(HERE), marking.mark(ELSEWHERE)) == (here, elsewhere)


def test_who_asks_gets_it_in_their_language_and_corner() -> None:
    wish = MarkWish(True, language="de", corner="top-left")
    assert Marking(visible="asked").mark(wish) == VisibleMark("de", "top-left")
    assert Marking(language="zh").mark(MarkWish(True)) == VisibleMark("zh", "bottom-right")


def test_it_may_be_left_out_unless_it_has_to_be_there() -> None:
    assert Marking().mark(MarkWish(False, embedded=True)) is None
    with pytest.raises(ValueError, match=r"marks every picture \(setting marking\.visible\)"):
        Marking(visible="always").mark(MarkWish(False))


def test_an_icon_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no file"):
        Marking(icon=str(tmp_path / "none.png"))
    (tmp_path / "icon.png").write_bytes(b"png")
    mark = Marking(visible="always", icon=str(tmp_path / "icon.png")).mark(HERE)
    assert mark is not None
    assert mark.icon == str(tmp_path / "icon.png")
