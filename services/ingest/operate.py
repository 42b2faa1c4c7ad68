"""The routes for people and machines that operate the service: health, metrics, the OpenAPI document and its page."""

from importlib import resources

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from prometheus_client import CollectorRegistry

from services.contract.codec import CONTENT_TYPE
from services.ingest import describe
from services.ingest.describe import Security
from services.runtime.health import Health
from services.runtime.metrics import exposition

# The page loads from here only and can be put into no other page. Swagger UI sets its styles in the elements.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Claimwire ingest</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = b"""SwaggerUIBundle({ url: "/openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null });
"""


def router(app: FastAPI, *, health: Health, registry: CollectorRegistry, security: Security) -> APIRouter:
    """Return the routes. The OpenAPI document is made on the first request, when all routes are known."""
    routes = APIRouter(include_in_schema=False)
    document: list[bytes] = []

    @routes.get("/livez")
    async def livez() -> Response:
        status, content = health.livez()
        return Response(content, status, media_type=CONTENT_TYPE)

    @routes.get("/readyz")
    async def readyz() -> Response:
        status, content = health.readyz()
        return Response(content, status, media_type=CONTENT_TYPE)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        content_type, content = exposition(registry, request.headers.get("accept", ""))
        return Response(content, headers={"Content-Type": content_type})

    @routes.get("/openapi.json")
    async def openapi() -> Response:
        if not document:
            document.append(orjson.dumps(_document(app, security), option=orjson.OPT_INDENT_2) + b"\n")
        return Response(document[0], media_type=CONTENT_TYPE)

    @routes.get("/docs")
    async def page() -> Response:
        return Response(_PAGE, headers=_page_headers("text/html; charset=utf-8"))

    @routes.get("/docs/start.js")
    async def start() -> Response:
        return Response(_START, headers=_page_headers("text/javascript; charset=utf-8"))

    @routes.get("/docs/swagger-ui-bundle.js")
    async def bundle() -> Response:
        return Response(_asset("swagger-ui-bundle.js"), headers=_page_headers("text/javascript; charset=utf-8"))

    @routes.get("/docs/swagger-ui.css")
    async def style() -> Response:
        return Response(_asset("swagger-ui.css"), headers=_page_headers("text/css; charset=utf-8"))

    return routes


def _document(app: FastAPI, security: Security) -> dict[str, object]:
    document = get_openapi(
        title=describe.TITLE,
        version=app.version,
        openapi_version="3.1.0",
        summary=describe.SUMMARY,
        description=describe.DESCRIPTION,
        routes=app.routes,
    )
    document.setdefault("components", {})["schemas"] = describe.component_schemas()
    document["components"]["securitySchemes"] = describe.SECURITY_SCHEMES
    document["security"] = security
    return document


def _asset(name: str) -> bytes:
    # This package carries Swagger UI 5, the first that reads OpenAPI 3.1; only its files are used.
    return (resources.files("fastapi_offline") / "static" / name).read_bytes()


def _page_headers(content_type: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "Content-Security-Policy": _PAGE_POLICY,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
