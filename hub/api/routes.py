"""Every route of the hub, in one list."""

from hub.api import live, reports, rest, shapes
from hub.api.ask import PERIOD
from hub.api.operation import Operation
from hub.api.shapes import Period, Report, SignedReport

ROUTES: tuple[Operation, ...] = (
    Operation("GET", "/api/projects", rest.projects, shapes.Projects, filters=(), exports=True),
    Operation("GET", "/api/overview", rest.overview, shapes.Overview),
    Operation(
        "GET",
        "/api/hotspots",
        rest.hotspots,
        shapes.Hotspots,
        more=(("by", ("page", "element")),),
        exports=True,
    ),
    Operation(
        "GET",
        "/api/sentiment",
        rest.sentiment,
        shapes.Sentiment,
        more=(("bucket", ("minute", "hour", "day")),),
        exports=True,
    ),
    Operation("GET", "/api/evidence", rest.evidence, shapes.Evidence, exports=True),
    Operation("GET", "/api/journeys", rest.journeys, shapes.Journeys, exports=True),
    Operation("GET", "/api/sessions/{sessionId}", rest.session, shapes.Session),
    Operation("GET", "/api/insights", rest.insights, shapes.Insights, exports=True),
    Operation("POST", "/api/insights/run", rest.run_insights, shapes.InsightRun, status=202),
    Operation(
        "POST",
        "/api/insights/{insightId}/decision",
        rest.decide,
        shapes.Decision,
        body=shapes.Decision,
    ),
    Operation(
        "GET",
        "/api/insights/{insightId}/history",
        rest.insight_history,
        shapes.InsightHistory,
    ),
    Operation("GET", "/api/insights/{insightId}/explanation", rest.explain, shapes.Explanation),
    Operation(
        "POST",
        "/api/insights/{insightId}/group",
        rest.regroup,
        shapes.InsightRun,
        body=shapes.Regroup,
        status=202,
    ),
    Operation("POST", "/api/graphql", rest.graphql, body=shapes.Query, filters=(), failing=400),
    Operation("GET", "/api/edges", rest.edges, shapes.Edges, filters=(), exports=True),
    Operation("GET", "/api/privacy", reports.privacy, Report, filters=PERIOD),
    Operation(
        "POST",
        "/api/reports/compliance",
        reports.compliance,
        SignedReport,
        body=Period,
        filters=(),
    ),
    Operation("GET", "/api/agents", rest.agents, shapes.Agents, filters=(), exports=True),
    Operation("GET", "/api/live", live.changes, media="text/event-stream"),
    Operation("GET", "/openapi.json", rest.openapi, filters=()),
    Operation("GET", "/health", rest.health, filters=(), media="text/plain"),
    Operation("GET", "/ready", rest.ready, shapes.Ready, filters=(), failing=503),
    Operation("GET", "/metrics", rest.metrics, filters=(), media="text/plain"),
)
