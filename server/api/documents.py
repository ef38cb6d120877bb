"""/docs: the API to try out, in a browser without a network, also behind a path of a proxy.

The page names its files by addresses relative to itself, so that no prefix has to be known. Runs in
the supervisor's process; owns nothing.
"""

from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

DOCS_PATH: Final = "/docs"
_FILES: Final = "static-offline-docs"
_FOLDER: Final = Path(fastapi_offline.__file__).parent / "static"


def add_documents(app: FastAPI) -> None:
    """Add the page, and the files that it needs."""
    app.mount(f"/{_FILES}", StaticFiles(directory=_FOLDER), name=_FILES)

    @app.get(DOCS_PATH, include_in_schema=False)
    async def docs() -> HTMLResponse:
        """Swagger UI."""
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
            swagger_css_url=f"{_FILES}/swagger-ui.css",
            swagger_favicon_url=f"{_FILES}/favicon.png",
        )
