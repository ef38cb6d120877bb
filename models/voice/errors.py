"""What a voice cannot do; a message names what was asked and what is allowed."""


class VoiceError(ValueError):
    """Base: the sentence cannot be spoken as asked; `str(error)` is the whole message."""


class UnfitVoice(VoiceError):
    """No loaded voice speaks this language or these letters, or no voice has the wanted name."""


class VoiceMissing(VoiceError):
    """A voice's package is not installed, or does not start."""
