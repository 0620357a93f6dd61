"""What a session's batches are judged by is made once, and never outlives what it is made of."""

import itertools

from edge.collector.agents.sessions import Record
from edge.collector.agents.sieve import Refusal
from edge.collector.http.access import Sender
from edge.policy.consent import DAY_MS, NO_CHOICE, Consent, Grant
from edge.policy.regions import resolve
from edge.projects import make

GRANTS = [
    Grant("one", n, purposes, made=1_000 * n, skew=0, at=1_000 * n)
    for n, purposes in ((1, ("interaction",)), (5, ("interaction", "reaction_prompt")))
]
CONSENTS = [
    NO_CHOICE,
    Consent(),
    Consent(grants=tuple(GRANTS[:1])),
    Consent(grants=tuple(GRANTS)),
    Consent(grants=tuple(GRANTS), refused="gpc"),
    Consent(grants=tuple(GRANTS), withdrawn=True),
]
PROJECTS = [make("shop", origins=[], consent=mode) for mode in ("ask", "regional", "host")]
REGIONS = [resolve("DE"), resolve("US")]
DAYS = {region.consent_ttl_days for region in REGIONS}
MOMENTS = [0, *itertools.chain(*([6_000 + d * DAY_MS, d * DAY_MS] for d in DAYS)), 2**52]

FACTS = [CONSENTS, [0, 90_000], PROJECTS, REGIONS, ["", "gpc"], ["one", "two"], MOMENTS]


def batch(consent, skew, project, region, refused, stream, now):
    """What a refusal is made of."""
    sender = Sender(project=project, origin=None, device="phone", region=region, refused=refused)
    return Record(project="shop", consent=consent, skew=skew), sender, stream, now


def says(refusal):
    """Every answer that is ready, and what it says of purposes one by one."""
    ready = (refusal.state, refusal.after, refusal.since, refusal.total)
    grants = [refusal._covering(n, at) for n in (0, 3, 9) for at in (0, 3_000, 9_000)]
    purposes = ("interaction", "reaction_prompt", "comment")
    return ready, [refusal._why(purpose, grant) for purpose in purposes for grant in grants]


def test_what_still_holds_is_what_would_be_made_anew():
    """Whatever one thing changes: choices, clock, page load, region, mode, GPC, the time."""
    held = 0
    for facts in itertools.product(*FACTS):
        refusal = Refusal(*batch(*facts))
        for at, others in enumerate(FACTS):
            for other in others:
                later = batch(*facts[:at], other, *facts[at + 1 :])
                if refusal.holds(*later):
                    held += 1
                    assert says(refusal) == says(Refusal(*later))
    assert held > 1_000


def test_it_holds_for_the_next_batch():
    """As long as nothing changes; then it is made anew."""
    facts = [CONSENTS[2], 0, PROJECTS[0], REGIONS[0], "", "one"]
    refusal = Refusal(*batch(*facts, 2_000))
    assert refusal.holds(*batch(*facts, 3_000))
    for at in range(len(facts)):
        other = next(fact for fact in FACTS[at] if fact is not facts[at])
        assert not refusal.holds(*batch(*facts[:at], other, *facts[at + 1 :], 3_000))
