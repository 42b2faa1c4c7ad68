"""The ingest application: the routes, what surrounds them, and what runs beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from services.ingest import api, describe, operate, problems
from services.ingest.api import Intake
from services.ingest.observe import Observed
from services.ingest.problems import Rejected
from services.runtime.health import Health
from services.runtime.loop import LoopWatch


def build(intake: Intake, *, version: str) -> ASGIApp:
    """Return the application. The publisher runs as long as it does."""
    loop_watch = LoopWatch(intake.metrics.event_loop_lag_seconds, intake.clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(intake.publisher.run()), asyncio.create_task(loop_watch.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            intake.answers.close()

    app = FastAPI(version=version, lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    app.add_exception_handler(Rejected, _answer_rejected)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(Exception, _answer_unexpected)
    health = Health(ready={"kafka": intake.publisher.unready})
    intake.metrics.watch_readiness(health.readyz)
    intake.metrics.produce_in_flight.set_function(lambda: intake.publisher.in_flight)
    security = describe.security() if intake.door.asks_for_keys else describe.no_security()
    routers = (
        api.router(intake),
        operate.router(app, health=health, registry=intake.metrics.registry, security=security),
    )
    for router in routers:
        app.include_router(router)
    templates = [route for router in routers for route in router.routes]
    return Observed(app, routes=templates, metrics=intake.metrics, tracing=intake.tracing)


async def _answer_rejected(_: Request, rejection: Exception) -> Response:
    if not isinstance(rejection, Rejected):
        raise rejection
    headers = rejection.headers | {"Content-Type": problems.MEDIA_TYPE}
    return Response(rejection.body(), int(rejection.kind.status), headers)


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses: a path or a method that is not there."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    match error.status_code:
        case 404:
            problem = Rejected(problems.NOT_FOUND, "see /docs for what there is", headers=headers)
        case 405:
            detail = f"it has {headers.get('Allow', 'others')}"
            problem = Rejected(problems.METHOD_NOT_ALLOWED, detail, headers=headers)
        case _:
            return await _answer_unexpected(request, error)
    return await _answer_rejected(request, problem)


async def _answer_unexpected(request: Request, _: Exception) -> Response:
    """Answer a bug of ours, giving nothing of it away: what it was is in the log."""
    return await _answer_rejected(request, Rejected(problems.INTERNAL, "it was noted; send the same again"))
