"""`ringtalk serve`, which knows LiveTalking's options when it sees them.

In: the command's arguments. Out: the same; an option of LiveTalking's is refused with what it is
here. Owns nothing.
"""

from typer._click import Context
from typer._click.exceptions import NoSuchOption
from typer.core import TyperCommand


class ServeCommand(TyperCommand):
    """See the module's docstring."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Typer's; an option that is LiveTalking's says what to do instead."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except NoSuchOption as error:
            error.message += _told(error.option_name, given)
            raise


def _told(name: str, args: list[str]) -> str:
    from server.cli.livetalking_options import BY_FLAG  # noqa: PLC0415 - only where it is needed

    option = BY_FLAG.get(name.partition("=")[0])
    if option is None and name not in ("-c",):
        return ""
    here = option.here.replace("`", "") if option else "--config, as a TOML file"
    theirs = " ".join(args)
    return (
        f" (it is LiveTalking's: here it is {here}; `ringtalk migrate LIVETALKING_DIR -- {theirs}` "
        "writes a settings file of its options)"
    )
