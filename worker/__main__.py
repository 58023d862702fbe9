"""Run a worker: ``python -m worker [--queues workflows agents] [--slots N]``."""

import argparse
import asyncio
import os
import signal
from contextlib import AsyncExitStack

import structlog

from runtime.ending import end
from runtime.logs import configure_logs
from runtime.settings import Settings
from runtime.temporal import connect, register_search_attributes
from worker.registration import Activities, agent_worker, build_of, workflow_worker
from worker.schedules import ensure_schedules
from workflows.messages import AGENT_QUEUE, WORKFLOW_QUEUE
from workflows.search_attributes import ALL

QUEUES = (WORKFLOW_QUEUE, AGENT_QUEUE)


async def run(settings: Settings, queues: list[str], slots: int) -> None:
    """Poll the queues until SIGTERM or SIGINT, then finish what is in hand."""
    log = structlog.get_logger("worker")
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    temporal = await connect(settings.temporal_address, keys=settings.key_ring())
    await register_search_attributes(temporal, ALL)
    await ensure_schedules(temporal, mail=settings.smtp_host is not None)
    activities = Activities.build(settings)
    build = build_of(settings)
    try:
        async with AsyncExitStack() as workers:
            if WORKFLOW_QUEUE in queues:
                await workers.enter_async_context(workflow_worker(temporal, activities, build))
            if AGENT_QUEUE in queues:
                await workers.enter_async_context(agent_worker(temporal, activities, slots, build))
            log.info(
                "worker started",
                queues=queues,
                build=settings.temporal_worker_build_id,
                pid=os.getpid(),
            )
            await stopping.wait()
            log.info("worker stopping")
    finally:
        await activities.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m worker", description=run.__doc__)
    parser.add_argument(
        "--queues",
        nargs="+",
        choices=QUEUES,
        default=list(QUEUES),
        help="task queues to poll (default: both)",
    )
    parser.add_argument(
        "--slots",
        type=int,
        default=max(2, os.cpu_count() or 2),
        help="drafting and rendering activities at a time (default: one per processor)",
    )
    arguments = parser.parse_args()
    settings = Settings()
    configure_logs(settings.log_level)
    asyncio.run(run(settings, arguments.queues, arguments.slots))


if __name__ == "__main__":
    main()
    end(0)
