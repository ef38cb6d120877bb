"""A command whose text may begin with a hyphen: "-5 degrees" is no option.

In: the command's arguments. Out: the same, with such a text behind `--`. Owns nothing.
"""

import re
from typing import Any, Final

from typer._click import Context
from typer._click.exceptions import NoSuchOption
from typer.core import TyperCommand

END: Final = "--"
"""Behind it nothing is an option (POSIX, Utility Syntax Guideline 10)."""
_OPTION: Final = re.compile(r"--?[A-Za-z][\w-]*(?:=.*)?\Z", re.DOTALL)
"""What an option looks like: no white space in its name, and no digit first."""

_Names = dict[str, list[str]]
"""The options behind which their value comes, each with all names that it has."""


class TextCommand(TyperCommand):
    """See the module's docstring."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Typer's, with the text behind `--`; an option that is none says how to write a text."""
        try:
            return super().parse_args(ctx, _with_end(args, self._valued()))
        except NoSuchOption as error:
            error.message += f" (a text that begins with a hyphen goes behind {END})"
            raise

    def _valued(self) -> _Names:
        options: list[Any] = [param for param in self.params if param.param_type_name == "option"]
        return {
            name: option.opts for option in options if not option.is_flag for name in option.opts
        }


def _with_end(args: list[str], valued: _Names) -> list[str]:
    if END in args:
        return args
    texts = [
        number
        for number, arg in enumerate(args)
        if _is_text(arg, valued, args) and not (number and args[number - 1] in valued)
    ]
    if not texts:
        return args
    rest = [arg for number, arg in enumerate(args) if number not in texts]
    return [*rest, END, *(args[number] for number in texts)]


def _is_text(arg: str, valued: _Names, args: list[str]) -> bool:
    if not arg.startswith("-") or arg == "-" or _OPTION.match(arg):
        return False
    names = valued.get(
        arg[:2], []
    )  # "-omy video.mp4" is an option with its value, if none is given
    return not names or any(one.partition("=")[0] in names for one in args)
