"""Options that several commands share, and the values they come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mlpolicy.config import is_date

Command = TypeVar("Command", bound=Callable[..., Any])


def _date(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if value is None or value == "today" or is_date(value):
        return value or ""
    raise click.BadParameter(f"`{value}` is no date; write it as 2026-11-22, or `today`")


def _policy(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; name a policy, or leave the option out")
    return value or ""


def _waivers(ctx: click.Context, param: click.Parameter, value: str) -> str:
    source = ctx.get_parameter_source("waivers")
    if not value.strip() and source is click.core.ParameterSource.COMMANDLINE:
        raise click.BadParameter("it is empty; name a waiver file, or leave the option out")
    return value


JUDGES = "The policy that judges, whatever the configuration or the manifest says."


def policy_option(command: Command, help: str = JUDGES) -> Command:
    """Gives a command the option `--policy`: the policy that judges, empty where it is not
    given."""
    return click.option(
        "--policy",
        metavar="NAME[@VERSION]|PATH",
        callback=_policy,
        help=help,
    )(command)


def _extensions(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    if not all(each.strip() for each in value):
        raise click.BadParameter("it is empty; name an extension, or leave the option out")
    return value


def extension_option(command: Command) -> Command:
    """Gives a command the option `--extension`, as the argument `extensions`: the extensions that
    decide with the policy besides those of the configuration."""
    return click.option(
        "--extension",
        "extensions",
        metavar="NAME[@VERSION]|PATH",
        multiple=True,
        callback=_extensions,
        help="An extension that decides with the policy, too; may be repeated.",
    )(command)


def as_of_option(command: Command) -> Command:
    """Gives a command the option `--as-of`: an ISO date or `today`, empty where it is not given.
    Anything else is a wrong use."""
    return click.option(
        "--as-of",
        metavar="DATE",
        callback=_date,
        help="The day to decide for, as 2026-11-22 or `today`.",
    )(command)


def _config(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; name a configuration, or leave the option out")
    return value or ""


def config_option(command: Command) -> Command:
    """Gives a command the option `--config`: the path of the governing configuration, empty where
    it is not given."""
    return click.option(
        "--config",
        metavar="FILE",
        callback=_config,
        help="The configuration that governs, instead of the one of the repository.",
    )(command)


def waivers_option(command: Command) -> Command:
    """Gives a command the option `--waivers`: the path of a waiver file, empty where it is not
    given."""
    return click.option(
        "--waivers",
        metavar="FILE",
        default="",
        callback=_waivers,
        help="A file of waivers, besides those in the manifests.",
    )(command)


def format_option(command: Command) -> Command:
    """Gives a command the option `--format`, as the argument `form`: `text` or `json`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        help="Text for people, or JSON.",
    )(command)


def _jobs(ctx: click.Context, param: click.Parameter, value: int | None) -> int:
    if value is not None and value < 1:
        raise click.BadParameter(f"`{value}` is no number of processes; write 1 or more")
    return value or 0


def jobs_option(command: Command) -> Command:
    """Gives a command the option `--jobs`: in how many processes to work, 0 where it is not
    given."""
    return click.option(
        "--jobs",
        metavar="N",
        type=int,
        callback=_jobs,
        help="In how many processes to work; without it, on all cores where there is much to do.",
    )(command)
