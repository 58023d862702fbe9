"""The interactive documentation, from files on this machine: a closed network needs no CDN."""

import html
import json
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse

DOCS_URL = "/docs"
ASSETS = Path(str(files("fastapi_offline"))) / "static"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "object-src 'none'; frame-ancestors 'none'"
    )
}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{docs}/swagger-ui.css">
<link rel="icon" href="{docs}/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{docs}/swagger-ui-bundle.js"></script>
<script src="{docs}/start.js"></script>
</body>
</html>
"""


class Asset(StrEnum):
    """Files that the page loads."""

    BUNDLE = "swagger-ui-bundle.js"
    STYLE = "swagger-ui.css"
    ICON = "favicon.png"


def install(app: FastAPI) -> None:
    """Serve the documentation of ``app``; its schema has to have an address."""
    page = PAGE.format(title=html.escape(app.title), docs=DOCS_URL)
    options = {
        "url": app.openapi_url,
        "dom_id": "#swagger-ui",
        "deepLinking": True,
        "displayRequestDuration": True,
        "filter": True,
        # Its default sends the schema to a validator on the Internet.
        "validatorUrl": None,
    }
    start = f"SwaggerUIBundle({json.dumps(options)});\n"

    @app.get(DOCS_URL, include_in_schema=False)
    async def show_docs() -> HTMLResponse:
        return HTMLResponse(page, headers=HEADERS)

    # Its own file, because the page's policy runs no script that stands in the page.
    @app.get(f"{DOCS_URL}/start.js", include_in_schema=False)
    async def start_docs() -> Response:
        return Response(start, media_type="text/javascript", headers=HEADERS)

    @app.get(f"{DOCS_URL}/{{name}}", include_in_schema=False)
    async def docs_asset(name: Asset) -> FileResponse:
        return FileResponse(ASSETS / name, headers=HEADERS)

    app.docs_url = DOCS_URL
    _ = (show_docs, start_docs, docs_asset)
