"""The connection to Temporal and what is registered there."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from runtime.processes import choose_port
from runtime.temporal import connect, register_search_attributes
from workflows import search_attributes


async def test_registering_twice_adds_nothing_the_second_time(temporal_client: Client) -> None:
    assert await register_search_attributes(temporal_client, search_attributes.ALL) == []


async def test_a_name_taken_by_another_type_is_explained(temporal_client: Client) -> None:
    clash = SearchAttributeKey.for_int(search_attributes.PROJECT_ID.name)
    with pytest.raises(RuntimeError, match=r"ProjectId is INDEXED_VALUE_TYPE_KEYWORD"):
        await register_search_attributes(temporal_client, [clash])


async def test_a_workflow_can_carry_every_attribute_at_once(temporal_client: Client) -> None:
    keys = search_attributes
    attributes = TypedSearchAttributes(
        [
            *(
                SearchAttributePair(key, "x")
                for key in (
                    keys.PROJECT_ID,
                    keys.PROCUREMENT_PHASE,
                    keys.DOCUMENT_CODE,
                    keys.PROCUREMENT_STATUS,
                    keys.AWAITING_POSITION,
                )
            ),
            SearchAttributePair(keys.DUE_DATE, datetime(2026, 12, 1, tzinfo=UTC)),
        ]
    )
    handle = await temporal_client.start_workflow(
        "NobodyRunsThis", id=f"test/{uuid4()}", task_queue="nobody", search_attributes=attributes
    )
    try:
        description = await handle.describe()
        assert len(description.typed_search_attributes) == len(search_attributes.ALL)
    finally:
        await handle.terminate()


async def test_a_missing_server_is_named_in_the_error() -> None:
    nowhere = f"127.0.0.1:{choose_port(None)}"
    with pytest.raises(ConnectionError, match=f"{nowhere}.*TEMPORAL_ADDRESS"):
        await connect(nowhere, wait=timedelta(seconds=0.2))
