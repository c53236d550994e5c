"""Writes the exports of this folder with OpenTelemetry's own protocol buffers.

    python -m venv venv && venv/bin/pip install opentelemetry-proto==1.45.2
    venv/bin/python make.py

Each export is written twice: as protocol buffers, and in OTLP's JSON.
"""

import base64
import json
import pathlib
import random

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

HERE = pathlib.Path(__file__).parent
T0 = 1768478400_000_000_000  # 2026-01-15T12:00:00Z
MS = 1_000_000


def value(v):
    if v is None:
        return AnyValue()
    if isinstance(v, bool):
        return AnyValue(bool_value=v)
    if isinstance(v, int):
        return AnyValue(int_value=v)
    if isinstance(v, float):
        return AnyValue(double_value=v)
    if isinstance(v, bytes):
        return AnyValue(bytes_value=v)
    if isinstance(v, str):
        return AnyValue(string_value=v)
    out = AnyValue()
    if isinstance(v, dict):
        out.kvlist_value.values.extend(pairs(v))
        out.kvlist_value.SetInParent()
    else:
        out.array_value.values.extend(value(x) for x in v)
        out.array_value.SetInParent()
    return out


def pairs(d):
    return [KeyValue(key=k, value=value(v)) for k, v in d.items()]


def span(n, name, attributes, parent=0, kind=Span.SPAN_KIND_CLIENT, ms=250.5, events=(), links=(), status=None, start=0):
    s = Span(
        trace_id=(0xABC0 + n // 10).to_bytes(16, "big"),
        span_id=(0xF000 + n).to_bytes(8, "big"),
        parent_span_id=(0xF000 + parent).to_bytes(8, "big") if parent else b"",
        name=name,
        kind=kind,
        start_time_unix_nano=T0 + start * MS,
        end_time_unix_nano=T0 + start * MS + int(ms * MS),
        attributes=pairs(attributes),
        flags=257,
    )
    for at, event, attributes in events:
        s.events.add(time_unix_nano=T0 + start * MS + int(at * MS), name=event, attributes=pairs(attributes))
    for trace, other, attributes in links:
        s.links.add(trace_id=trace.to_bytes(16, "big"), span_id=other.to_bytes(8, "big"), attributes=pairs(attributes))
    if status:
        s.status.CopyFrom(status)
    return s


def export(*spans, resource=None, scope=("lib", "1.2.3")):
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(pairs(resource or {}))
    inner = group.scope_spans.add()
    inner.scope.name, inner.scope.version = scope
    inner.spans.extend(spans)
    return request


def otlp_json(request):
    """OTLP's JSON differs from that of protocol buffers: ids are hexadecimal, enumerations numbers."""
    out = MessageToDict(request, use_integers_for_enums=True)

    def mend(node):
        if isinstance(node, dict):
            for key, v in node.items():
                if key in ("traceId", "spanId", "parentSpanId"):
                    node[key] = base64.b64decode(v).hex()
                else:
                    mend(v)
        elif isinstance(node, list):
            for v in node:
                mend(v)

    mend(out)
    return out


SERVICE = {
    "service.name": "shop-assistant",
    "service.version": "7.1",
    "deployment.environment.name": "staging",
    "cloud.region": "eu-central-1",
    "telemetry.sdk.language": "python",
}
MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "Where is my parcel?"}]}]
ANSWER = [{"role": "assistant", "parts": [{"type": "text", "content": "On its way."}], "finish_reason": "stop"}]

current = export(
    span(1, "invoke_agent shop", {
        "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "shop", "gen_ai.agent.id": "asst_1",
        "gen_ai.conversation.id": "conv_9", "gen_ai.request.model": "gpt-4o",
    }, kind=Span.SPAN_KIND_INTERNAL, ms=900),
    span(2, "chat gpt-4o", {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 200, "gen_ai.usage.cache_read.input_tokens": 400,
        "gen_ai.usage.cache_write.input_tokens": 0, "gen_ai.usage.reasoning.output_tokens": 50,
        "gen_ai.request.temperature": 0.2, "gen_ai.request.top_p": 1.0, "gen_ai.request.top_k": 40,
        "gen_ai.request.seed": 7, "gen_ai.request.max_tokens": 512, "gen_ai.conversation.id": "conv_9",
        "gen_ai.response.time_to_first_chunk": 0.125, "user.id": "customer-77", "server.address": "api.openai.com",
        "gen_ai.input.messages": MESSAGES, "gen_ai.output.messages": json.dumps(ANSWER),
        "gen_ai.system_instructions": [{"type": "text", "content": "Be kind."}],
    }, parent=1, start=10),
    span(3, "execute_tool track", {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track", "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "call_1", "gen_ai.tool.call.arguments": {"parcel": 42},
        "gen_ai.tool.call.result": "delayed",
    }, parent=1, kind=Span.SPAN_KIND_INTERNAL, ms=30, start=300),
    span(4, "retrieval docs", {
        "gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "H7STPQYOND",
        "gen_ai.retrieval.query.text": "parcel",
        "gen_ai.retrieval.documents": [{"id": "d1", "score": 0.9, "content": "Parcels take days."}, {"id": "d2", "score": 0.4}],
    }, parent=1, ms=12, start=340),
    span(5, "chat gpt-4o", {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
        "error.type": "rate_limit_exceeded",
    }, parent=1, ms=5, start=400, status=Status(code=Status.STATUS_CODE_ERROR, message="429 from upstream"),
        events=[(4, "exception", {"exception.type": "RateLimitError", "exception.message": "slow down"})],
        links=[(0xABC0, 0xF002, {"why": "retry"})]),
    resource=SERVICE,
    scope=("opentelemetry.instrumentation.openai_v2", "2.1"),
)

previous = export(
    span(11, "openai.chat", {
        "llm.request.type": "chat", "gen_ai.system": "Azure", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini", "gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 10,
        "llm.usage.total_tokens": 110, "gen_ai.usage.cache_read_input_tokens": 20,
        "gen_ai.openai.request.seed": 3, "llm.top_k": 5, "llm.response.finish_reason": "length",
        "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi", "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "Hello", "traceloop.workflow.name": "greet",
        "traceloop.association.properties.user_id": "customer-77", "traceloop.association.properties.session_id": "s-1",
        "traceloop.association.properties.plan": "gold",
    }, events=[(80, "llm.content.completion.chunk", {}), (90, "llm.content.completion.chunk", {})]),
    span(12, "greet.workflow", {"traceloop.span.kind": "workflow", "traceloop.entity.name": "greet",
        "traceloop.entity.input": "{\"inputs\": 1}"}, kind=Span.SPAN_KIND_INTERNAL),
    span(13, "lookup.tool", {"traceloop.span.kind": "tool", "traceloop.entity.name": "lookup",
        "traceloop.entity.output": "42"}, kind=Span.SPAN_KIND_INTERNAL),
    span(14, "search", {"db.system": "chroma"}, events=[
        (1, "db.query.result", {"db.query.result.id": "a", "db.query.result.score": 0.5, "db.query.result.document": "text of a"}),
        (1, "db.query.result", {"db.query.result.id": "b", "db.query.result.score": 0.25}),
    ]),
    span(15, "chat old", {"gen_ai.system": "anthropic", "gen_ai.request.model": "claude-3-5-sonnet-20241022"}, events=[
        (1, "gen_ai.user.message", {"gen_ai.system": "anthropic", "role": "user", "content": "Hi"}),
        (2, "gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "Hello"}}),
    ]),
    resource={"service.name": "old", "deployment.environment": "production"},
)

openinference = export(
    span(21, "ChatCompletion", {
        "openinference.span.kind": "LLM", "llm.model_name": "mistral-large-latest", "llm.provider": "mistralai",
        "llm.system": "mistralai", "llm.invocation_parameters": json.dumps({"temperature": 0.7, "max_tokens": 64, "seed": 11}),
        "llm.token_count.prompt": 30, "llm.token_count.completion": 12, "llm.token_count.total": 42,
        "llm.token_count.prompt_details.cache_read": 10, "llm.cost.total": 0.00125, "llm.finish_reason": "stop",
        "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Bonjour",
        "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "Salut",
        "input.value": "Bonjour", "input.mime_type": "text/plain", "output.value": "Salut", "session.id": "sess-4",
        "user.id": "customer-77", "metadata": "{\"tier\": \"gold\"}", "tag.tags": ["a", "b"],
    }, events=[(100.25, "First Token Stream Event", {})]),
    span(22, "retrieve", {
        "openinference.span.kind": "RETRIEVER", "input.value": "parcel",
        "retrieval.documents.0.document.id": "d1", "retrieval.documents.0.document.score": 0.9,
        "retrieval.documents.0.document.content": "Parcels take days.",
        "retrieval.documents.1.document.id": "d2", "retrieval.documents.1.document.score": 0.4,
        "retrieval.documents.1.document.metadata": "{\"page\": 3}",
    }),
    span(23, "Embedding", {
        "openinference.span.kind": "EMBEDDING", "embedding.model_name": "text-embedding-3-small",
        "llm.token_count.prompt": 8, "embedding.embeddings.0.embedding.text": "parcel",
    }),
    span(24, "tool", {"openinference.span.kind": "TOOL", "tool.name": "track", "tool.parameters": "{\"parcel\": 42}"}),
    span(25, "agent", {"openinference.span.kind": "AGENT", "agent.name": "shop", "llm.model_name": "mistral-large-latest"}),
    resource={"service.name": "oi", "openinference.project.name": "demo"},
    scope=("openinference.instrumentation.openai", "0.1.52"),
)


def anything(r, depth=0):
    kind = r.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return r.choice(["", "plain", "a\"b\\c\n\t\u0000", "größe \u202e \U0001f600", "x" * 300])
    if kind == 1:
        return r.random() < 0.5
    if kind == 2:
        return r.choice([0, -1, 2**63 - 1, -(2**63), r.randrange(1 << 40)])
    if kind == 3:
        return r.choice([0.5, -0.0, 1e300, 1e-7, float(r.randrange(100))])
    if kind == 4:
        return bytes(r.randrange(256) for _ in range(r.randrange(6)))
    if kind == 5:
        return None
    if kind in (6, 7):
        return [anything(r, depth + 1) for _ in range(r.randrange(4))]
    return {key(r): anything(r, depth + 1) for _ in range(r.randrange(4))}


def key(r):
    return r.choice(["", "__proto__", "a.b", "größe", "k" * 70, "\u202eevil", "'; DROP TABLE spans; --",
                     "gen_ai.usage.input_tokens", "gen_ai.request.temperature", "user.id", "constructor"]) + str(r.randrange(3))


def sundry():
    r = random.Random(7)
    spans = []
    for n in range(60):
        attributes = {key(r): anything(r) for _ in range(r.randrange(8))}
        events = [(r.random() * 10, key(r), {key(r): anything(r)}) for _ in range(r.randrange(3))]
        links = [(r.randrange(1, 1 << 60), r.randrange(1, 1 << 60), {key(r): anything(r)}) for _ in range(r.randrange(2))]
        status = r.choice([None, Status(code=1), Status(code=2, message="broken")])
        one = span(100 + n, key(r), attributes, parent=r.randrange(2), kind=r.randrange(6), events=events, links=links,
                   status=status, start=r.randrange(10_000))
        one.dropped_attributes_count, one.dropped_events_count = r.randrange(2), r.randrange(2)
        one.trace_state = r.choice(["", "vendor=1"])
        spans.append(one)
    return export(*spans, resource={"service.name": "sundry", "host.id": anything(r), "x": anything(r)})


for name, request in {"current": current, "previous": previous, "openinference": openinference, "sundry": sundry()}.items():
    (HERE / f"{name}.pb").write_bytes(request.SerializeToString(deterministic=True))
    text = json.dumps(otlp_json(request), indent=1, ensure_ascii=False)
    (HERE / f"{name}.json").write_text(text + "\n")
