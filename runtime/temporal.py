"""The connection to Temporal, the same in every process."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client, Plugin
from temporalio.common import SearchAttributeKey
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError, RPCStatusCode

from runtime.encryption import KeyRing, data_converter

LOCAL_ADDRESS = "127.0.0.1:7233"
WAIT = timedelta(seconds=60)
LONGEST_PAUSE_SECONDS = 3.0


async def connect(
    address: str | None = None,
    *,
    keys: KeyRing | None = None,
    wait: timedelta = WAIT,
    plugins: Sequence[Plugin] = (),
    runtime: Runtime | None = None,
) -> Client:
    """Connect to Temporal, waiting for a server that is still starting.

    ``address`` is ``host:port``; when None, ``TEMPORAL_ADDRESS``. With ``keys``, which every
    process has to share, payloads are encrypted. Namespace, TLS and API key come from the SDK's own
    ``TEMPORAL_*`` variables. The SDK's configuration file is read only when
    ``TEMPORAL_CONFIG_FILE`` or ``TEMPORAL_PROFILE`` names it, so that a profile in somebody's home
    folder cannot redirect the product.

    Raises ConnectionError naming the address when no server answers within ``wait``.
    """
    asks_for_file = "TEMPORAL_CONFIG_FILE" in os.environ or "TEMPORAL_PROFILE" in os.environ
    config = ClientConfig.load_client_connect_config(disable_file=not asks_for_file)
    target = address or config.get("target_host") or LOCAL_ADDRESS
    config["target_host"] = target
    clock = asyncio.get_running_loop()
    deadline = clock.time() + wait.total_seconds()
    pause = 0.1
    while True:
        try:
            return await Client.connect(
                **config,
                data_converter=data_converter(keys),
                plugins=plugins,
                runtime=runtime,
            )
        except (RuntimeError, RPCError) as error:
            if clock.time() + pause > deadline:
                raise ConnectionError(
                    f"Temporal does not answer at {target} (tried for "
                    f"{wait.total_seconds():.0f} s): {error}. "
                    "Start it with `make up`, or set TEMPORAL_ADDRESS."
                ) from error
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def register_search_attributes(
    client: Client, keys: Iterable[SearchAttributeKey[Any]]
) -> list[str]:
    """Make the search attributes known to the client's namespace; return the names it added.

    Safe to repeat, and to run in several processes at once. Raises RuntimeError when a name is
    already taken by another type.
    """
    wanted = {key.name: IndexedValueType.ValueType(int(key.indexed_value_type)) for key in keys}
    known = await _known(client)
    for name in wanted.keys() & known.keys():
        if known[name] != wanted[name]:
            raise RuntimeError(
                f"Search attribute {name} is {IndexedValueType.Name(known[name])} in namespace "
                f"{client.namespace}, but the product needs {IndexedValueType.Name(wanted[name])}. "
                "Rename or remove it there first."
            )
    missing = {name: kind for name, kind in wanted.items() if name not in known}
    if missing:
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        try:
            await client.operator_service.add_search_attributes(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                raise
    return sorted(missing)


async def _known(client: Client) -> dict[str, IndexedValueType.ValueType]:
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return dict(answer.custom_attributes)
