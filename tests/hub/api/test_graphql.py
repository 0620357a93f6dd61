"""GraphQL: what REST says, several questions at once, and no more than a hub can bear."""

from functools import lru_cache

import pytest
from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from hub.api.errors import BadRequest
from hub.api.graphql import limits
from hub.api.graphql.schema import schema_of, text_of
from hub.api.routes import ROUTES
from hub.disclosure.answers import Answers
from tests.hub.hubkit import SHOP, HubKit, Visit, main_job

PATHS = {field: f"/api/{field}" for field in ("overview", "hotspots", "sentiment", "evidence")}
PATHS |= {field: f"/api/{field}" for field in ("journeys", "insights", "privacy")}
ALONE = {field: f"/api/{field}" for field in ("projects", "edges", "agents")}
SCALARS = {"Long": st.integers(0, 2**53).map(nodes.Int), "JSON": st.nothing()}


def ask(kit: HubKit, query: str, **more):
    return kit.client().post("/api/graphql", json={"query": query, **more})


def everything(field: GraphQLField) -> str:
    """Return a selection of all that *field* has."""
    kind = get_named_type(field.type)
    if not isinstance(kind, GraphQLObjectType):
        return ""
    return "{" + " ".join(f"{name} {everything(one)}" for name, one in kind.fields.items()) + "}"


@lru_cache
def question(name: str) -> str:
    assert schema_of(ROUTES).query_type is not None
    return everything(schema_of(ROUTES).query_type.fields[name])


def without_missing(value):
    """Leave out the keys that REST leaves out: no figure of that kind."""
    if isinstance(value, dict):
        return {name: without_missing(one) for name, one in value.items() if one is not None}
    return [without_missing(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", [*PATHS, *ALONE])
def test_it_says_what_rest_says(kit: HubKit, name: str) -> None:
    """Every field of every question, to the letter; of a project with a k above 1 too."""
    kit.tell(main_job(), Visit("few", project=SHOP).nav("/a", 1))
    kit.client().post("/api/insights/run?projectId=demo", json={})
    scope = kit.client().get("/api/overview?projectId=demo").json()["scope"]
    start, end = scope["start"], scope["end"]
    for project in ("demo", SHOP):
        if name in ALONE:
            told, asked = "", ""
        else:
            named = name != "privacy"  # that is of the whole hub
            told = f'projectId: "{project}", ' * named + f"from: {start}, to: {end}"
            told = f"({told})"
            asked = "?" + f"projectId={project}&" * named + f"from={start}&to={end}"
        found = ask(kit, f"{{ {name}{told} {question(name)} }}")
        assert found.status_code == 200, found.text
        rest = kit.client().get((PATHS | ALONE)[name] + asked)
        assert rest.status_code == 200
        assert "errors" not in found.json()
        assert without_missing(found.json()["data"][name]) == without_missing(rest.json())


def test_every_question_of_rest_is_there() -> None:
    """What can be asked is what has an answer of its own; nothing can be changed."""
    schema = schema_of(ROUTES)
    asked = [one for one in ROUTES if one.method == "GET" and one.answer and one.path != "/ready"]
    assert len(schema.query_type.fields) == len(asked) >= 12
    assert (schema.mutation_type, schema.subscription_type) == (None, None)


def test_several_questions_in_one_and_one_that_fails(kit: HubKit) -> None:
    """The others are answered; the one says by code and status what is wrong."""
    kit.tell(main_job())
    query = """query Morning($project: String!, $most: Long) {
      worst: hotspots(projectId: $project, by: element, limit: $most) { rows { ...row } next }
      taps: sentiment(projectId: $project, bucket: hour) { rows { thumbs_up: thumbsUp } }
      none: overview(projectId: "nobody") { scope { k } }
      session(projectId: $project, sessionId: "never") { device }
      far: overview(projectId: $project, from: 9, to: 1) { score { value } }
    }
    fragment row on Hotspot { __typename page target sessions }"""
    found = ask(kit, query, variables={"project": "demo", "most": 1}).json()
    assert "data" in found, found
    assert [row["__typename"] for row in found["data"]["worst"]["rows"]] == ["Hotspot"]
    assert found["data"]["worst"]["next"] == "r.1"
    assert {"thumbs_up": 0} in found["data"]["taps"]["rows"]
    assert found["data"]["none"] is found["data"]["session"] is found["data"]["far"] is None
    wrong = {error["path"][0]: error["extensions"] for error in found["errors"]}
    assert wrong == {
        "none": {"code": "no-such-project", "status": 404},
        "session": {"code": "no-such-session", "status": 404},
        "far": {"code": "bad-period", "status": 400},
    }


def test_a_fault_is_logged_and_tells_nothing(kit: HubKit, monkeypatch) -> None:
    """And costs the other questions nothing."""
    kit.tell(main_job())

    def fail(*_: object) -> None:
        raise RuntimeError("secret place")

    monkeypatch.setattr(Answers, "evidence", fail)
    found = ask(kit, '{evidence(projectId: "demo") {rows {id}} projects {rows {id}}}')
    assert "secret" not in found.text
    assert found.json()["data"]["evidence"] is None
    assert found.json()["data"]["projects"]["rows"]
    [error] = found.json()["errors"]
    assert error["extensions"] == {"code": "fault-of-the-hub", "status": 500}


@pytest.mark.parametrize("query", ["{__schema {types {name}}}", '{__type(name: "Query") {name}}'])
def test_nobody_explores_a_hub(kit: HubKit, query: str) -> None:
    """The schema lies in the release; introspection is refused."""
    found = ask(kit, query)
    assert found.status_code == 400
    assert "introspection" in found.json()["errors"][0]["message"].lower()


LAUGHS = "".join(f"fragment f{n} on Query {{...f{n + 1} ...f{n + 1}}}" for n in range(30))
TOO_MUCH = {
    "deep": "{projects {rows " + "{rows " * limits.MAX_DEPTH + "}" * limits.MAX_DEPTH + "}}",
    "fields in all": "{projects {rows {" + "id " * limits.MAX_FIELDS + "}}}",
    "questions at once": "{"
    + " ".join(f"a{n}: projects {{rows {{id}}}}" for n in range(limits.MAX_QUESTIONS + 1))
    + "}",
    "fields": "{...f0}" + LAUGHS + "fragment f30 on Query {agents {rows {name}}}",
    "spreads itself": "{...a} fragment a on Query {...b} fragment b on Query {...a}",
    "bytes": "{projects {rows {id}}}" + " " * 40_000,
    "tokens": "{" + "a " * (limits.MAX_TOKENS + 1) + "}",
    "too deep": "{projects" + "(a: " + "[" * 900 + "]" * 900 + ") {rows {id}}}",
}


@pytest.mark.parametrize("words", TOO_MUCH)
def test_a_query_that_asks_too_much_is_refused_before_anything_is_asked(
    kit: HubKit, words: str, monkeypatch
) -> None:
    """By what it asks, not by how long it is; the words name the limit."""
    asked = []
    monkeypatch.setattr(Answers, "projects", asked.append)
    found = ask(kit, TOO_MUCH[words])
    assert found.status_code == 400
    assert words in found.text
    assert asked == []


def test_a_fragment_that_is_spread_often_is_counted_often() -> None:
    """30 doublings are a thousand million fields, counted in 31 steps."""
    document = parse(TOO_MUCH["fields"])
    with pytest.raises(BadRequest, match="it may be"):
        limits.check(document)
    few = parse("{...f28}" + LAUGHS + "fragment f30 on Query {agents {rows {name}}}")
    [first, *_] = few.definitions
    counted = limits.counted(few)
    assert counted.size(first.selection_set) == limits.Size(depth=3, fields=12, questions=4)
    [most] = [one for one in few.definitions if getattr(one.name, "value", "") == "f0"]
    assert counted.size(most.selection_set).fields == 3 * 2**30


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"query": "{projects {rows {nothing}}}"}, 400, "Cannot query field"),
        ({"query": "mutation {projects {rows {id}}}"}, 400, "mutation"),
        ({"query": "{projects"}, 400, "Syntax Error"),
        ({"query": "query A {agents {rows {name}}} query B {__typename}"}, 400, "operation name"),
        ({"query": "{overview(from: 1.5) {asked}}"}, 400, "Long"),
        ({"query": f"{{overview(from: {'9' * 4400}) {{asked}}}}"}, 400, "Long"),
        (
            {"query": "query($a: Long) {overview(from: $a) {asked}}", "variables": {"a": True}},
            400,
            "Long",
        ),
        ({"query": "{overview(from: -1) {asked}}"}, 200, "from is"),
        ({"query": "{agents(limit: 0) {next}}"}, 400, "limit"),
        ({}, 400, "query"),
        ([{"query": "{__typename}"}], 400, "does not fit"),
    ],
)
def test_what_cannot_be_answered_says_why(kit: HubKit, body, status: int, words: str) -> None:
    """As GraphQL's errors, or as a problem where the body is none of GraphQL's."""
    found = kit.client().post("/api/graphql", json=body)
    assert (found.status_code, words in found.text) == (status, True), found.text


def test_it_is_asked_as_whatever_may_change_something(kit: HubKit) -> None:
    """JSON only, from no other site's page, and by POST."""
    client, query = kit.client(), '{"query": "{__typename}"}'
    assert client.post("/api/graphql", content=query).status_code == 415
    headers = {"content-type": "application/json", "origin": "http://evil.example"}
    assert client.post("/api/graphql", content=query, headers=headers).status_code == 403
    assert client.get("/api/graphql?query={__typename}").status_code in (404, 405)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=queries(text_of(ROUTES), custom_scalars=SCALARS, allow_x00=False))
def test_no_query_makes_a_fault(kit: HubKit, query: str) -> None:
    """Whatever the schema allows is answered, or refused with a reason of a caller's."""
    found = ask(kit, query)
    assert found.status_code in (200, 400), found.text
    for error in found.json().get("errors", []):
        assert error.get("extensions", {}).get("status", 400) < 500, error


def test_the_schema_has_no_way_in_circles() -> None:
    """So that its depth is bounded, and below what a query may have."""
    schema = schema_of(ROUTES)

    def depth(kind: object, within: tuple[str, ...]) -> int:
        named = get_named_type(kind)
        if not isinstance(named, GraphQLObjectType):
            return 0
        assert named.name not in within
        return 1 + max(depth(one.type, (*within, named.name)) for one in named.fields.values())

    assert 4 <= depth(schema.query_type, ()) < limits.MAX_DEPTH
    assert isinstance(schema.query_type.fields["session"].args["sessionId"].type, GraphQLNonNull)
