"""Candor's client: records what deployed models do, without getting in their way.

    import candor

    made = candor.log_prediction("loan", {"age": 41, "income": 3200}, {"score": 0.27}, version="12")
    candor.outcome(made, cls="repaid")

Recording takes microseconds and never raises: events go to a bounded queue, from there one background
thread sends them to the server that `CANDOR_SERVER` names, and keeps them on disk while it is away.
"""

from __future__ import annotations

from ._version import VERSION as __version__
from .asgi import CandorMiddleware
from .block import Prediction
from .client import Client
from .counters import Counters
from .digest import version_of
from .evaluation import Report, ReportError, report
from .ids import EventId
from .settings import Settings
from .tables import Logged

default = Client()
"""The client behind the functions of this module, set up by `CANDOR_*` variables and `configure`."""

# The client's own methods rather than functions around them: a call less for each prediction.
configure = default.configure
log_prediction = default.log_prediction
log = default.log
prediction = default.prediction
current = default.current
observe = default.observe
watch = default.watch
outcome = default.outcome
feedback = default.feedback
effect = default.effect
stage = default.stage
change = default.change
flush = default.flush
aflush = default.aflush
stats = default.stats

__all__ = [
    "CandorMiddleware",
    "Client",
    "Counters",
    "EventId",
    "Logged",
    "Prediction",
    "Report",
    "ReportError",
    "Settings",
    "__version__",
    "aflush",
    "change",
    "configure",
    "current",
    "default",
    "effect",
    "feedback",
    "flush",
    "log",
    "log_prediction",
    "observe",
    "outcome",
    "prediction",
    "report",
    "stage",
    "stats",
    "version_of",
    "watch",
]
