"""Middleware for FastAPI, Starlette and every other ASGI application: one prediction for a request.

    app.add_middleware(candor.CandorMiddleware, model="loan", version="12")

    @app.post("/score")
    def score(row: Applicant):
        candor.current().inputs(row)
        ...

A request whose handler notes neither inputs nor outputs is not recorded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from .block import Prediction

if TYPE_CHECKING:
    from .client import Client

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ID_HEADER = b"x-candor-prediction-id"
"""By which the caller learns the prediction's id, to tell its outcome later."""


class CandorMiddleware:
    """Makes `candor.current()` the prediction of the request that is being handled.

    Time is counted from the request's head to the end of the answer. `traceparent` and `x-request-id`
    are noted; an exception, or a status from 500 on, is noted as an error of the prediction. The answer
    bears the prediction's id in `x-candor-prediction-id`.
    """

    def __init__(self, app: App, model: str, version: str | None = None, client: Client | None = None) -> None:
        if client is None:
            from . import default

            client = default
        self.app = app
        self._client = client
        self._model = model
        self._version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        made = Prediction(self._client, self._model, self._version, **_correlation(scope))

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start" and made.is_told:
                message["headers"] = [*message.get("headers", ()), (ID_HEADER, made.id.encode())]
                status = message["status"]
                if status >= 500:
                    made.set(status="error", error={"type": "http", "message": f"answered {status}"})
            await send(message)

        with made:
            await self.app(scope, receive, answered)


def _correlation(scope: Scope) -> dict[str, str]:
    """What ties a request to its trace (W3C trace context) and to its caller's own number."""
    found: dict[str, str] = {}
    for name, value in scope.get("headers", ()):
        if name == b"x-request-id":
            found["request_id"] = value.decode("latin-1")
        elif name == b"traceparent":
            parts = value.decode("latin-1").split("-")
            if len(parts) >= 4 and len(parts[1]) == 32 and len(parts[2]) == 16:
                found["trace_id"], found["span_id"] = parts[1], parts[2]
    return found
