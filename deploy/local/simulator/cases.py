"""The life of one simulated case, from its opening to its surveys and follow-up, as a list of happenings."""

from collections.abc import Iterator
from random import Random
from typing import Final

from deploy.local.simulator.deadlines import call, follow_up, promise
from deploy.local.simulator.happening import Happening, Value
from deploy.local.simulator.story import CHANNELS, STAGES, TEAMS, Story
from deploy.local.simulator.surveys import case_survey, relationship_survey

REGIONS: Final = ("north", "south", "east", "west")
PRODUCTS: Final = ("broadband", "mobile", "television")
_AGENTS_PER_TEAM: Final = 6
_CUSTOMERS: Final = 5_000

_COMPLAINTS = 0.05
_SEVERITIES: Final = {"general": 0.8, "important": 0.18, "crisis": 0.02}  # of the complaints
_ESCALATED = 0.25  # of the complaints, to the second level
_GREETED_BY_BOT = 0.6  # of the chats
_MORE_TURNS = (0.45, 0.35, 0.15, 0.05)  # none, one, two, three after the first reply
_REOPENED = 0.12
_PROMISED = 0.25
_SURVEYED = 0.7
_ASKED_FOR_NPS = 0.3


def life_of_case(random: Random, opened: float, number: str, story: Story) -> list[Happening]:
    """Everything that happens around one case; `number` makes its ids unique.

    Every event names the customer, so that all of them get the same record key.
    """
    return list(_live(random, opened, number, story))


def _live(random: Random, opened: float, number: str, story: Story) -> Iterator[Happening]:
    case = f"case-{number}"
    team, channel = random.choice(TEAMS), random.choice(CHANNELS)
    customer = f"customer-{random.randrange(_CUSTOMERS):04d}"
    agent = f"{team}-{random.randrange(_AGENTS_PER_TEAM) + 1}"
    place: dict[str, Value] = {
        "customer": customer,
        "channel": channel,
        "journey": "order",
        "stage": STAGES[team],
        "region": random.choice(REGIONS),
        "team": team,
        "product": random.choice(PRODUCTS),
    }
    kind = "complaint" if random.random() < _COMPLAINTS else "case"

    def happens(second: float, what: str, **data: Value) -> Happening:
        return Happening(second, f"cx.case.{what}.v1", case, {**place, **data})

    traits: dict[str, Value] = {"kind": kind}
    if kind == "complaint":
        traits["severity"] = random.choices(list(_SEVERITIES), list(_SEVERITIES.values()))[0]
    yield happens(opened, "opened", **traits)
    asked = opened + random.uniform(0.1, 1.0)
    yield happens(asked, "message", author="customer")
    if channel == "chat" and random.random() < _GREETED_BY_BOT:
        yield happens(asked + 0.3, "message", author="bot")
    first_asked, now, worst_wait, first_answered = asked, asked, 0.0, 0.0
    for cycle in range(2):
        yield happens(asked + 0.5, "assigned", agent=agent)
        for turn in range(1 + random.choices(range(4), _MORE_TURNS)[0]):
            if turn:
                asked = now + random.uniform(3, 15)
                yield happens(asked, "message", author="customer")
            now = story.reply_at(random, asked, team, channel)
            worst_wait = max(worst_wait, now - asked)
            first_answered = first_answered or now
            yield happens(now, "message", author="agent", agent=agent)
        if kind == "complaint" and not cycle and random.random() < _ESCALATED:
            yield happens(now + 0.5, "escalated", level=2)
        now += random.uniform(1, 8)
        yield happens(now, "resolved", author="agent", agent=agent)
        if cycle or random.random() >= _REOPENED:
            break
        asked = now + random.uniform(10, 40)
        yield happens(asked - 0.1, "reopened")
        yield happens(asked, "message", author="customer")
    yield happens(now + random.uniform(60, 90), "closed")
    if channel == "phone":
        yield from call(random, first_asked, first_answered, f"call-{number}", place)
    if random.random() < _PROMISED:
        yield from promise(random, first_answered, now, f"promise-{number}", place)
    if kind == "complaint":
        yield from follow_up(random, now, f"follow-up-{number}", place)
    if random.random() < _SURVEYED:
        yield from case_survey(random, now, f"response-{number}", case, place, worst_wait)
    if random.random() < _ASKED_FOR_NPS:
        yield from relationship_survey(random, now, f"relationship-{number}", place, worst_wait)
