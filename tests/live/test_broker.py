"""Names reach every stream that follows a topic, on one process and across several."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Engine

from server.db.engine import open_engine
from server.live.broker import Broker
from tests.databases import settings_for

T = TypeVar("T")


def alone(scene: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a scene in a thread of its own: the browser tests keep a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(scene())).result()


async def allowed() -> bool:
    return True


async def collect(broker: Broker, topic: str, count: int) -> list[str]:
    names: list[str] = []
    async for name in broker.subscribe(topic, allowed):
        if name:
            names.append(name)
        if len(names) == count:
            break
    return names


def run(engine: Engine) -> tuple[list[str], list[str], list[str]]:
    async def scene() -> tuple[list[str], list[str], list[str]]:
        sender, receiver = Broker(engine), Broker(engine) if engine.dialect.name == "postgresql" else None
        await sender.start()
        if receiver:
            await receiver.start()
            await asyncio.sleep(0.5)
        streams = [
            asyncio.create_task(collect(sender, "proposal-x", 2)),
            asyncio.create_task(collect(receiver or sender, "proposal-x", 2)),
        ]
        other = asyncio.create_task(collect(sender, "proposal-y", 1))
        await asyncio.sleep(0.1)
        for name in ("tally-a", "tally-a", "comments"):
            await asyncio.to_thread(sender.publish, "proposal-x", name)
        first, second = await asyncio.wait_for(asyncio.gather(*streams), 5)
        await asyncio.to_thread(sender.publish, "proposal-y", "version")
        third = await asyncio.wait_for(other, 5)
        await sender.stop()
        if receiver:
            await receiver.stop()
        return first, second, third

    return alone(scene)


def test_names_reach_every_follower_once(database_url: str) -> None:
    engine = open_engine(settings_for(database_url))
    first, second, third = run(engine)
    assert first == second == ["comments", "tally-a"]
    assert third == ["version"]
    engine.dispose()


def test_a_stream_ends_within_five_seconds_of_losing_its_right(database_url: str) -> None:
    engine = open_engine(settings_for(database_url))

    async def scene() -> float:
        broker = Broker(engine)
        await broker.start()
        may = [True]

        async def still() -> bool:
            return may[0]

        async def follow() -> None:
            async for _ in broker.subscribe("proposal-x", still):
                pass

        task = asyncio.create_task(follow())
        await asyncio.sleep(0.2)
        may[0] = False
        began = time.monotonic()
        await asyncio.wait_for(task, 6)
        took = time.monotonic() - began
        await broker.stop()
        return took

    assert alone(scene) < 5
    engine.dispose()
