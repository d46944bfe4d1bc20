"""Whether a command line of ours could run as it is written: its command, its options and their values."""

import click

from cli import main

# Stand for something that is chosen by whoever types the command, such as FOLDER; files need not exist here.
_CHECKED_ELSEWHERE = (click.BadParameter, click.MissingParameter)


def check(words: list[str]) -> None:
    """UsageError for a command or an option that does not exist."""
    command: click.Command = main
    context = click.Context(main, info_name="proofline")
    while isinstance(command, click.Group) and (words or not command.invoke_without_command):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    values, rest, _ = command.make_parser(context).parse_args(words)
    assert not rest, rest
    for parameter in command.params:
        given = values.get(parameter.name)
        if isinstance(given, str) and not given.isupper() and not isinstance(parameter.type, click.Path):
            parameter.type_cast_value(context, given)
