"""The command line. Each command's module is imported only when it is called: start-up time is a promise."""

from __future__ import annotations

import importlib
import os
import sys

import click

from bot.errors import DeskError

COMMANDS = {
    "ask": "Answer questions from the policy",
    "audit": "Check the audit, give and check receipts",
    "classify": "Say what messages ask for",
    "consent": "Show, record and export what people permitted",
    "deadline": "Compute statutory due dates",
    "doctor": "Check settings, database, ports, relay and Twilio",
    "erase": "Show what is held of a person, and erase it",
    "evidence": "Prove a stored answer again, or bundle all evidence of a request",
    "hold": "Lay and end legal holds",
    "policy": "Import, list, show and compare policies",
    "purge": "Remove what its time to be kept has passed",
    "serve": "Start the desk",
    "staff": "Add and list the people who work at the desk",
    "tickets": "List tickets, and count their dates again by other rules",
    "token": "Make and revoke the tokens of programs that use the API",
}


class _Lazy(click.Group):
    """A group that knows its commands' names without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  as above
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"bot.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  as above
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_Lazy, epilog="Example: privacydesk serve --demo")
@click.version_option(package_name="privacydesk")
def cli() -> None:
    """Privacy Desk: a company's privacy enquiries by text, email and web chat, answered from its policy."""


def main() -> None:
    """The `privacydesk` command: an error is one line on stderr naming the mend; exit 2 for usage, 1 for failure."""
    # Before numpy is loaded: our matrices are small, and threads that share them cost more than they bring.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.umask(0o077)  # what the desk writes is for its own account alone
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "privacydesk"
        click.echo(f"privacydesk: {error.format_message()} (see {command} --help)", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"privacydesk: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except DeskError as error:
        click.echo(f"privacydesk: {error}", err=True)
        sys.exit(1)
