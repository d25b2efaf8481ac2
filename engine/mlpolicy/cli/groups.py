"""Commands of several words, `record add`: what is said where the second word is none."""

from __future__ import annotations

import click


class Group(click.Group):
    """A command with commands of its own."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name. Raises UsageError where there is none."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            from mlpolicy.suggest import nearest

            close = nearest(args[0], known)
            hint = f"did you mean `{close}`?" if close else f"it has {', '.join(known)}"
            ctx.fail(f"`{ctx.info_name}` has no command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)
