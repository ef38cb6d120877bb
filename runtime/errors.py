"""What can go wrong for a caller, each with the HTTP status that says so.

Raised in the supervisor and, as a `Refusal` message over the control channel, in
the actors. A message names what was wrong and what is allowed. Owns nothing.
"""

import errno
from typing import ClassVar, Final


class RingtalkError(Exception):
    """Base of what a caller is told; `str(error)` is the whole message."""

    status: ClassVar[int] = 500

    @property
    def retry_after(self) -> int | None:
        """Seconds after which the same call may succeed, or None."""
        return None


class UnknownSession(RingtalkError):
    """No session has this session id (any more)."""

    status = 404

    @classmethod
    def named(cls, sessionid: str) -> "UnknownSession":
        """The error for this id."""
        return cls(
            f"no session has the session id {sessionid!r}: it has ended, or never was; "
            "POST /offer begins a new one"
        )


class BadOffer(RingtalkError):
    """The SDP offer cannot be answered."""

    status = 400


class NoCommonCodec(BadOffer):
    """Somebody who wants to watch knows no codec that is sent."""

    status = 406


class BadAnswer(RingtalkError):
    """What another server answered to our offer cannot be used."""

    status = 502


class UnknownViewer(RingtalkError):
    """Nobody with this id watches the session (any more)."""

    status = 404


class TooManyViewers(RingtalkError):
    """As many watch the session as may."""

    status = 503

    @property
    def retry_after(self) -> int | None:
        return 5


class UnknownOutput(RingtalkError):
    """No output has this id (any more)."""

    status = 404


class TooManyOutputs(RingtalkError):
    """The session has as many outputs as it may."""

    status = 429

    @property
    def retry_after(self) -> int | None:
        return 5


class RoomNotJoined(RingtalkError):
    """The room cannot be joined, or was lost before the face was in it."""

    status = 502


class OutputRefused(RingtalkError):
    """Where the output is to go is not allowed, or cannot be."""

    status = 422


class AtCapacity(RingtalkError):
    """Every session that this machine can hold is taken."""

    status = 503

    def __init__(self, capacity: int, retry_after: int) -> None:
        super().__init__(
            f"all {capacity} sessions are taken (setting max_calls); try again in {retry_after} s"
        )
        self.capacity = capacity
        self._retry_after = retry_after

    @property
    def retry_after(self) -> int | None:
        return self._retry_after


class NotReady(RingtalkError):
    """An actor that the request needs is starting or being restarted."""

    status = 503

    @property
    def retry_after(self) -> int | None:
        return 1


class NoMediaAddress(RingtalkError):
    """No socket can be opened to which a client could send; trying again does not help."""

    status = 503


class OutOfResources(RingtalkError):
    """The machine has no descriptors, memory or room left for what was asked."""

    status = 503

    @property
    def retry_after(self) -> int | None:
        return 5


_SHORT_OF: Final = {
    errno.EMFILE: "descriptors (ulimit -n)",
    errno.ENFILE: "descriptors (of the whole system)",
    errno.ETOOMANYREFS: "descriptors (ulimit -n)",
    errno.ENOMEM: "memory",
    errno.ENOBUFS: "memory for sockets",
    errno.ENOSPC: "room in shared memory or on the disk",
    errno.EDQUOT: "room on the disk",
}


def shortage(error: OSError) -> OutOfResources | None:
    """What the system call found missing, if it failed for want of something."""
    missing = _SHORT_OF.get(error.errno or 0)
    if missing is None:
        return None
    return OutOfResources(
        f"this machine is short of {missing}: end a session, or give it more; `ringtalk doctor` "
        "says how much a session needs"
    )


class NotConfigured(RingtalkError):
    """The request needs a service that the settings do not name."""

    status = 503


NO_TRANSCRIBER: Final = "nothing here transcribes: set asr.kind (docs/conversation.md)"


class ServiceFailed(RingtalkError):
    """A service that the request needs failed; the message names it and what it said."""

    status = 502


class QueueFull(RingtalkError):
    """The session already has as many utterances waiting as it may have."""

    status = 429

    @property
    def retry_after(self) -> int | None:
        return 1


class TooManyRequests(RingtalkError):
    """The session was asked for more in a while than it may be."""

    status = 429

    @property
    def retry_after(self) -> int | None:
        return 1


class TooOften(RingtalkError):
    """A key, or an address, has asked for something that costs too often in the last minute."""

    status = 429

    def __init__(self, kind: str, allowed: int, seconds: int) -> None:
        super().__init__(
            f"{kind}: {allowed} a minute are allowed for one key or address; try again in "
            f"{seconds} s"
        )
        self._seconds = seconds

    @property
    def retry_after(self) -> int | None:
        return self._seconds


class Forbidden(RingtalkError):
    """Who asks may not have this."""

    status = 403


class TextRefused(RingtalkError):
    """The text is empty, too long, or nothing in it can be spoken."""

    status = 422


class CannotSpeak(RingtalkError):
    """No installed voice speaks this text, or no voice has the wanted name."""

    status = 422


class StorageFailed(RingtalkError):
    """The cache folder cannot be written to, or is full."""

    status = 507


class AlreadyRecording(RingtalkError):
    """The session is being recorded, or there are as many recordings as there may be at once."""

    status = 409


class NotRecording(RingtalkError):
    """The session is not being recorded, or nothing of it could be."""

    status = 409


class UnknownRecording(RingtalkError):
    """No recording has this id (any more), or none was made of this session."""

    status = 404


class StillRecording(RingtalkError):
    """The recording is not whole yet."""

    status = 409


class UnknownAvatar(RingtalkError):
    """No prepared avatar has this name; the message lists those that there are."""

    status = 422


class UnknownAction(RingtalkError):
    """The session's avatar has no action of this name or number; the message lists those that
    there are."""

    status = 404


class BadAction(RingtalkError):
    """What is wanted of an action cannot be done; the message says what is allowed."""

    status = 422


class OtherShape(RingtalkError):
    """The avatar does not fit the rings of the session, which were made for another."""

    status = 409


class NoSuchAvatar(RingtalkError):
    """Nothing of this kind is kept of an avatar of this name."""

    status = 404


class AvatarKept(RingtalkError):
    """The avatar came with ringtalk, or is the server's own: it stays as it is."""

    status = 409


class AvatarTaken(RingtalkError):
    """There is an avatar of this name already, or a task that makes one."""

    status = 409


class BadAvatarTask(RingtalkError):
    """A field of the task is not allowed; the message says what is."""

    status = 422


class SourceForbidden(RingtalkError):
    """The settings do not allow this file of the server's to be read."""

    status = 403


class NotifyForbidden(RingtalkError):
    """The settings do not allow this address to be told."""

    status = 403


class ClipTooLarge(RingtalkError):
    """The clip or photo of an avatar has too many bytes."""

    status = 413


class UnknownTask(RingtalkError):
    """No task that makes an avatar has this id (any more)."""

    status = 404


class TaskTaken(RingtalkError):
    """Another task has this id, or it is too late to take the task back."""

    status = 409


class TasksFull(RingtalkError):
    """As many avatars wait to be made as may wait."""

    status = 429

    @property
    def retry_after(self) -> int | None:
        return 30


class FixedBackground(RingtalkError):
    """The avatar's background cannot be replaced; the message says why."""

    status = 409


class MarkRequired(RingtalkError):
    """A client wants pictures that do not say who made them, and this server marks all."""

    status = 403


class BadBackground(RingtalkError):
    """What is wanted as a background is neither a colour nor a picture's id, or its picture
    cannot be one."""

    status = 422


class UnknownBackground(RingtalkError):
    """No picture with this id is kept (any more)."""

    status = 404


class UnreadablePicture(RingtalkError):
    """The upload is no picture in an allowed format."""

    status = 415


class PictureTooLarge(RingtalkError):
    """The picture has too many bytes or pixels."""

    status = 413


class UnreadableSound(RingtalkError):
    """The upload is no sound in an allowed format."""

    status = 415


class BrokenSound(RingtalkError):
    """The sound is empty, or ends before its header says."""

    status = 422


class SoundTooLong(RingtalkError):
    """The sound is longer, or the upload larger, than the settings allow."""

    status = 413


REFUSALS: dict[str, type[RingtalkError]] = {
    kind.__name__: kind
    for kind in (
        UnknownSession,
        BadOffer,
        NoCommonCodec,
        UnknownViewer,
        TooManyViewers,
        UnknownOutput,
        TooManyOutputs,
        OutputRefused,
        NotReady,
        OutOfResources,
        NotConfigured,
        ServiceFailed,
        QueueFull,
        TextRefused,
        CannotSpeak,
        AlreadyRecording,
        NotRecording,
        UnknownAvatar,
        UnknownAction,
        BadAction,
        FixedBackground,
        BadBackground,
        UnknownBackground,
        UnreadableSound,
        BrokenSound,
        SoundTooLong,
    )
}
"""The errors that may cross the control channel, by name: each takes one message."""
