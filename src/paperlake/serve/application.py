"""Put the application together: pages, API, feeds, MCP server, and what stands before them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from mcp.server.transport_security import TransportSecuritySettings
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from paperlake import __version__
from paperlake.errors import ModelError, PaperlakeError, UnknownNameError, UsageError
from paperlake.lake import Lake
from paperlake.memory import limit_arenas
from paperlake.queries import Builds
from paperlake.serve import bibliographies, metrics
from paperlake.serve.api import lists as list_api
from paperlake.serve.api import routes as api
from paperlake.serve.api.answers import error_answer
from paperlake.serve.build_state import BuildState
from paperlake.serve.feeds import routes as feeds
from paperlake.serve.guard import API_PREFIX, MCP_PATH, SECURITY_HEADERS, Guard
from paperlake.serve.mcp.server import LakeServer
from paperlake.serve.pages import lists as list_pages
from paperlake.serve.pages import routes as pages
from paperlake.serve.pages.rendering import Renderer
from paperlake.settings import Settings

MIN_GZIP_BYTES = 1000
GZIP_LEVEL = 4
MAX_MCP_REQUEST_BYTES = 200_000
MAX_THREADS = 128  # most wait for a search; with the usual 40, other pages wait with them
logger = logging.getLogger(__name__)


def create_app(settings: Settings, is_preparing: bool = False) -> FastAPI:
    """Return the application that serves the lake of the settings.

    Args:
        settings: The lake, and the settings that begin with serve_.
        is_preparing: See `BuildState`.
    """
    limit_arenas()
    lake = Lake.find(settings.lake)
    builds = Builds(lake, settings)
    mcp = LakeServer(builds)
    # Without sessions, every worker can answer every request.
    mcp_routes = mcp.streamable_http_app(
        streamable_http_path=MCP_PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MAX_MCP_REQUEST_BYTES,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # Guard checks
    ).routes

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = MAX_THREADS
        async with mcp.session_manager.run():
            yield
        builds.close()

    app = FastAPI(
        title="paperlake",
        version=__version__,
        description="Papers, topics and trends of a lake. Fields are named as the columns of its tables.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.lake = lake
    app.state.renderer = Renderer(lake.root.name)
    app.router.routes.extend(mcp_routes)
    app.include_router(api.router)
    app.include_router(list_api.router)
    app.include_router(feeds.router)
    app.include_router(bibliographies.router)
    app.include_router(pages.router)
    app.include_router(list_pages.router)
    _handle_errors(app)
    app.add_middleware(GZipMiddleware, minimum_size=MIN_GZIP_BYTES, compresslevel=GZIP_LEVEL)
    if settings.serve_metrics:
        app.include_router(metrics.router)
    app.add_middleware(  # keeps responses as they are sent
        BuildState,
        builds=builds,
        without_build=(metrics.METRICS_PATH,) if settings.serve_metrics else (),
        is_preparing=is_preparing,
    )
    app.add_middleware(Guard, settings=settings)
    return app


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(PaperlakeError)
    def refuse(request: Request, error: PaperlakeError) -> Response:
        status = 404 if isinstance(error, UnknownNameError) else 400 if isinstance(error, UsageError) else 503
        if status == 503 and not isinstance(error, ModelError):
            logger.error("%s", error)
        return _error(request, status, str(error))

    @app.exception_handler(RequestValidationError)
    def refuse_parameters(request: Request, error: RequestValidationError) -> Response:
        problems = (f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        return _error(request, 400, f"{'; '.join(problems)}.")

    @app.exception_handler(HTTPException)
    def refuse_request(request: Request, error: HTTPException) -> Response:
        return _error(request, error.status_code, str(error.detail))

    @app.exception_handler(Exception)
    def fail(request: Request, error: Exception) -> Response:
        logger.exception("%s failed", request.url.path, exc_info=error)
        response = _error(request, 500, "The request failed; the log of the server says why.")
        response.headers.update(SECURITY_HEADERS)  # this handler is outside of Guard
        return response


def _error(request: Request, status: int, message: str) -> Response:
    if request.url.path.startswith(API_PREFIX):
        return error_answer(status, message)
    renderer: Renderer = request.app.state.renderer
    response = renderer.page(request, "error.html", status=status, message=message)
    response.headers["cache-control"] = "no-store"
    return response
