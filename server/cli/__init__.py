"""The `townhall` command and its subcommands."""

import typer

from server.cli import deals, export, import_, operations, pay, people, plan, serve

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Townhall: where a company's sales reps help redesign the plan that pays them.",
)
app.command()(serve.demo)
app.command()(serve.serve)
app.command()(serve.work)
app.command()(serve.migrate)
app.command()(serve.reindex)
app.command()(operations.backup)
app.command()(operations.restore)
app.command()(operations.doctor)
app.command()(pay.pay)
app.command()(export.export)
app.command("create-admin")(people.create_admin)
app.add_typer(people.commands, name="people")
app.add_typer(deals.commands, name="deals")
app.add_typer(plan.commands, name="plan")
app.add_typer(import_.commands, name="import")
