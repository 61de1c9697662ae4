"""The dependency by which a route publishes live events."""

from typing import Annotated, cast

from fastapi import Depends, Request

from server.live.broker import Broker


async def broker_of(request: Request) -> Broker:
    """Return the broker of the application."""
    return cast("Broker", request.app.state.broker)


Live = Annotated[Broker, Depends(broker_of)]
