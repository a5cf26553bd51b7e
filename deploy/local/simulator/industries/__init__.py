"""Stories of five industries, each a plan of exact numbers, told as events whose KPIs are known beforehand.

The numbers are those of the source documents where these name any (domain.md part 2).
"""

from typing import Final, Literal

from deploy.local.simulator.industries.bank import BANK
from deploy.local.simulator.industries.contact_centre import CONTACT_CENTRE
from deploy.local.simulator.industries.dealer import DEALER
from deploy.local.simulator.industries.power import POWER
from deploy.local.simulator.industries.property import PROPERTY
from deploy.local.simulator.industries.story import Story

Industry = Literal["contact-centre", "property", "bank", "dealer", "power"]

STORIES: Final[dict[Industry, Story]] = {
    "contact-centre": CONTACT_CENTRE,
    "property": PROPERTY,
    "bank": BANK,
    "dealer": DEALER,
    "power": POWER,
}
