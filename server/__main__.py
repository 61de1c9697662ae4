"""`python -m server` is the `townhall` command."""

import gc


def main() -> None:
    """Run the command."""
    gc.disable()  # while modules load nothing becomes garbage, and looking for it takes a quarter of the time
    from server.cli import app  # noqa: PLC0415 - see above

    gc.enable()
    app()


if __name__ == "__main__":
    main()
