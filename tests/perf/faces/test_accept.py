"""Each picture of a folder becomes an avatar or is named with why not."""

from pathlib import Path

import cv2
import numpy as np
import typer
from typer.testing import CliRunner

from perf.faces.accept import main
from tests.data.making.rendered import few_mouths, photo_of


def test_pictures_are_counted_and_what_is_no_picture_is_not(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), photo_of(few_mouths()))
    cv2.imwrite(str(tmp_path / "b.png"), np.full((200, 200, 3), 90, np.uint8))
    (tmp_path / "c.txt").write_text("no picture")
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, [str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "a.png: an avatar" in result.output
    assert "b.png: no face is seen in the photo" in result.output
    assert "1 of 2 pictures become avatars (50%)" in result.output
