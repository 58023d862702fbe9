"""The description of the interface is complete, and its page needs nothing from the Internet."""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.openapi import operations
from runtime.settings import Environment, Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("openapi")
    settings = Settings(data_dir=folder, environment=Environment.LOCAL, database_url=None)
    # Not entered: neither the description nor its page needs a server.
    return TestClient(create_app(settings))


@pytest.fixture(scope="module")
def described(client: TestClient) -> list[tuple[str, dict[str, Any]]]:
    schema: dict[str, Any] = client.get("/openapi.json").json()
    return [(f"{method} {path}", operation) for path, method, operation in operations(schema)]


def test_every_operation_has_a_summary_and_a_name_of_its_own(
    described: list[tuple[str, dict[str, Any]]],
) -> None:
    assert [name for name, operation in described if not operation.get("summary")] == []
    names = [operation["operationId"] for _, operation in described]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"generated clients would lose one of {twice}: rename a route's function"
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


def test_every_signed_in_operation_says_how_it_refuses(
    described: list[tuple[str, dict[str, Any]]],
) -> None:
    for name, operation in described:
        if operation.get("security"):
            answers = operation["responses"]
            missing = {"401", "403", "503"} - answers.keys()
            assert not missing, f"{name} does not describe {missing}"
            assert "application/problem+json" in answers["401"]["content"]
            if "{" in name:
                assert "404" in answers, f"{name} does not say that its object may be missing"


def test_every_json_body_has_an_example(described: list[tuple[str, dict[str, Any]]]) -> None:
    for name, operation in described:
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert body is None or "example" in body or "examples" in body, f"{name}: no example"


def test_every_schema_has_a_name_of_its_own(client: TestClient) -> None:
    """Otherwise FastAPI puts the module in front, and moving a route renames a client's type."""
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert [name for name in schemas if "__" in name] == []


def test_no_reference_leads_nowhere(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    known = schema["components"]["schemas"]
    for reference in _references(schema):
        assert reference.removeprefix("#/components/schemas/") in known, reference


def test_the_documentation_loads_nothing_from_another_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(sources) >= 4
    for source in sources:
        assert source.startswith("/docs/"), f"/docs would fail without a network: {source}"
        assert client.get(source).status_code == 200, f"{source} is not served"
    assert '"validatorUrl": null' in client.get("/docs/start.js").text


def test_a_wrong_method_is_told_every_method_of_the_address(client: TestClient) -> None:
    answer = client.delete("/api/projects")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        members = cast(dict[str, Any], value)
        if isinstance(members.get("$ref"), str):
            yield members["$ref"]
        for inner in members.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from _references(inner)
