"""What can be wrong with a sound that somebody brought.

Raised by `models.sound.decode`; a message names what was wrong and what is allowed.
"""


class SoundError(ValueError):
    """Base: the sound cannot be used; `str(error)` is the whole message."""


class SoundFormatError(SoundError):
    """The file is no sound in an allowed format, or its bytes are damaged."""


class EmptySound(SoundError):
    """The file has no bytes, or no samples."""


class TruncatedSound(SoundError):
    """The sound ends before its own header says."""


class SoundLengthError(SoundError):
    """The sound is longer than allowed."""
