"""The `townhall` command."""

import typer

from server.cli import exporting, importing, paying, people, plans, serving

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Townhall: where a company's sales reps help redesign the plan that pays them.",
)  # fmt: skip
app.command()(serving.demo)
app.command()(serving.serve)
app.command()(serving.work)
app.command()(serving.migrate)
app.command()(serving.reindex)
app.command()(paying.pay)
app.command()(exporting.export)
app.command("create-admin")(people.create_admin)
app.add_typer(people.commands, name="people")
app.add_typer(plans.commands, name="plan")
app.add_typer(importing.commands, name="import")
