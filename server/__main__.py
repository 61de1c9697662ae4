"""The `townhall` command, run as `python -m server`."""

import gc


def main() -> None:
    """Run the command."""
    gc.disable()  # loading modules creates no garbage, and collecting takes a quarter of the time
    from server.cli import app  # noqa: PLC0415 - see above

    gc.enable()
    app()


if __name__ == "__main__":
    main()
