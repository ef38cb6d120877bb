"""The folder of the recordings: what is known, what is handed out, what has to go."""

import time
from pathlib import Path

import pytest

from data.recording_limits import RecordingLimits
from runtime.errors import StorageFailed, UnknownRecording
from server.sessions.recording_store import (
    DAY,
    ID,
    MEGABYTE,
    RecordingRow,
    RecordingStore,
    new_recording_id,
)

NOW = time.time()


def kept(store: RecordingStore, age: float, megabytes: float = 1, ending: str = ".mp4") -> str:
    """A recording of this age in days and size."""
    begun = time.time() - age * DAY
    row = RecordingRow(new_recording_id(begun), "7", "mira", begun, "done", ending[1:])
    store.save(row)
    with store.stem(row.id).with_suffix(ending).open("wb") as film:
        film.truncate(int(megabytes * MEGABYTE))
    store.stem(row.id).with_suffix(".vtt").write_text("WEBVTT\n\n")
    return row.id


def left(store: RecordingStore) -> list[str]:
    return [row.id for row in store.all()]


def test_ids_are_of_their_time_and_of_their_own() -> None:
    one, two = new_recording_id(0.0), new_recording_id(0.0)
    assert one != two
    assert ID.fullmatch(one)
    assert one.startswith("19700101-000000-")


def test_the_newest_comes_first_with_its_size(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path / "made here", RecordingLimits())
    assert store.all() == []
    old, new = kept(store, 2), kept(store, 1, 0.5, ".webm")
    assert [(row.id, row.bytes) for row in store.all()] == [(new, 500_000), (old, 1_000_000)]
    assert store.film(store.row(new)).name == f"{new}.webm"
    assert store.captions(store.row(old)).name == f"{old}.vtt"


def test_what_is_removed_leaves_nothing_and_others_alone(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path, RecordingLimits())
    one, two = kept(store, 2), kept(store, 1)
    store.remove(one)
    assert {path.stem for path in tmp_path.iterdir()} == {two}
    with pytest.raises(UnknownRecording, match=one):
        store.row(one)


@pytest.mark.parametrize("name", ["", "..", "../secret", "nothing", "a" * 500, "\0", "*"])
def test_what_is_no_id_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.json").write_text("{}")
    store = RecordingStore(tmp_path / "recordings", RecordingLimits())
    kept(store, 1)
    with pytest.raises(UnknownRecording):
        store.row(name)


@pytest.mark.parametrize(
    ("limits", "stay"),
    [
        (RecordingLimits(max_count=2), 2),
        (RecordingLimits(max_days=2.5), 2),
        (RecordingLimits(total_mb=3), 3),
        (RecordingLimits(max_count=4, total_mb=4, max_days=9), 4),
    ],
)
def test_the_oldest_go(tmp_path: Path, limits: RecordingLimits, stay: int) -> None:
    store = RecordingStore(tmp_path, limits)
    ids = [kept(store, age) for age in (1, 2, 3, 4)]
    assert store.tidy(())
    assert left(store) == ids[:stay]
    assert len(list(tmp_path.iterdir())) == 3 * stay


def test_what_is_being_made_stays_and_counts(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path, RecordingLimits(total_mb=3))
    made, new, old = kept(store, 9, 2.5), kept(store, 1), kept(store, 2)
    assert store.tidy({made})
    assert left(store) == [made], "both others are older than the limit leaves room for"
    assert old not in left(store)
    assert new not in left(store)
    more = kept(store, 8, 0.6)
    assert not store.tidy({made, more}), "nobody is left to make room"
    assert left(store) == [more, made]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = RecordingStore(tmp_path / "file" / "recordings", RecordingLimits())
    with pytest.raises(StorageFailed):
        store.save(RecordingRow(new_recording_id(NOW), "7", "mira", NOW))
    assert store.all() == []


def test_rows_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path, RecordingLimits())
    good = kept(store, 1)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text('{"id": 7}')
    assert left(store) == [good]


def test_the_next_to_go(tmp_path: Path) -> None:
    store = RecordingStore(tmp_path, RecordingLimits(max_days=3))
    assert store.next_expiry() is None
    kept(store, 1)
    kept(store, 2)
    assert store.next_expiry() == pytest.approx(DAY, abs=DAY / 10)
