"""Customers beyond the named ones, made up by their number, so that a cast can be as large as one likes."""

from random import Random

from pipeline.demo import kinds, models
from pipeline.demo.cast import NAMED
from pipeline.demo.conditions import EARLY, MATURE, STEADY, Course
from pipeline.demo.traits import Agent, Budget, Customer

# 72 by 70 names: more than anyone may ask for.
_FIRST_WORDS = (
    "Alder Amber Anchor Aspen Aurora Beacon Birch Bluebell Bramble Bridgewater Brook Cedar Cinder "
    "Clover Copper Coral Crescent Cypress Dale Dawn Delta Drift Dune Eagle Elder Ember Falcon Fern "
    "Fjord Flint Forge Foxglove Garnet Glade Granite Harbour Hazel Heather Heron Hollow Indigo Iris "
    "Juniper Kestrel Lantern Larch Linden Lotus Maple Marble Meadow Mistral Moss North Oak Onyx Orchid "
    "Osprey Pebble Pine Quarry Raven Ridge River Saffron Sage Slate Sparrow Summit Thistle Walnut "
    "Willow"
)
_SECOND_WORDS = (
    "Airways Analytics Apparel Assurance Audio Bakeries Bank Biotech Books Brewing Broadband Capital "
    "Care Ceramics Chemicals Clinics Cloud Coffee Couriers Cycles Dental Devices Diagnostics Dynamics "
    "Energy Engineering Estates Fabrics Farms Finance Fitness Foods Freight Furniture Games Gardens "
    "Glass Health Home Hotels Imaging Instruments Jewellery Kitchens Labs Leasing Legal Lighting "
    "Logistics Marine Media Mobility Motors Music Networks Optics Outdoor Paper Pharma Plastics "
    "Printing Recruiting Robotics Security Shipping Software Sports Studios Textiles Travel"
)
_FIRST, _SECOND = _FIRST_WORDS.split(), _SECOND_WORDS.split()
_NAMES = len(_FIRST) * len(_SECOND)
# Without a factor in common with the number of names, so each name comes once before any comes again.
_STRIDE = 1_987

_PLACES = (
    ("America/Chicago", "en-US", "Inc."),
    ("Europe/London", "en-GB", "Ltd"),
    ("Europe/Berlin", "de-DE", "GmbH"),
    ("Asia/Tokyo", "ja-JP", "K.K."),
    ("Europe/Paris", "fr-FR", "SAS"),
    ("America/Sao_Paulo", "pt-BR", "Ltda."),
    ("Asia/Kolkata", "en-GB", "Pvt Ltd"),
    ("Australia/Adelaide", "en-GB", "Pty Ltd"),
    ("America/Los_Angeles", "en-US", "LLC"),
    ("Europe/Madrid", "es-ES", "S.L."),
)
_COURSES = (Course(EARLY, MATURE), Course(STEADY, MATURE), Course(STEADY, STEADY), Course(EARLY, STEADY))
_SUPPORT = (
    kinds.RETAIL_SUPPORT,
    kinds.INSURANCE_SUPPORT,
    kinds.TELECOM_SUPPORT,
    kinds.PAYMENTS_SUPPORT,
    kinds.TRAVEL_SUPPORT,
)
_FAST_MODELS = (models.CLAUDE_HAIKU, models.GPT_MINI_4, models.GPT_MINI_5, models.GEMINI_FLASH)
_CHANNELS = (("chat", 0.7), ("email", 0.3))


def customers(count: int, seed: int) -> tuple[Customer, ...]:
    """The first `count` customers; asking for more leaves the earlier ones as they were."""
    return NAMED[:count] + tuple(_made_up(number, seed) for number in range(len(NAMED), count))


def _made_up(number: int, seed: int) -> Customer:
    rng = Random(f"{seed}/customer/{number}")  # noqa: S311
    first, second = _name(number)
    slug = f"{first}-{second}".lower()
    timezone, locale, form = rng.choice(_PLACES)
    return Customer(
        f"cust_{first}_{second}".lower(),
        f"{first} {second} {form}",
        timezone,
        locale,
        rng.choice(("starter", "starter", "growth", "enterprise")),
        rng.choice(_COURSES),
        _agents(slug, rng),
        budget=Budget(times_pace=1.3) if rng.random() < 0.4 else None,
        test_share=0.01 if rng.random() < 0.2 else 0.0,
    )


def _name(number: int) -> tuple[str, str]:
    first, second = divmod(number * _STRIDE % _NAMES, len(_SECOND))
    return _FIRST[first], _SECOND[second]


def _agents(slug: str, rng: Random) -> tuple[Agent, ...]:
    """A support agent, for two in five also one that sells, and for one in eight one that writes code."""
    per_day = rng.lognormvariate(1.6, 0.7)
    found = [
        Agent(f"{slug}-support", "Support", "1.0.0", rng.choice(_SUPPORT), _fast(rng), per_day, _CHANNELS)
    ]
    if rng.random() < 0.4:
        found.append(
            Agent(f"{slug}-sales", "Sales", "1.0.0", kinds.SALES, _fast(rng), per_day / 2, _CHANNELS)
        )
    if rng.random() < 0.125:
        coding = (("ide", 1.0),)
        found.append(
            Agent(f"{slug}-coder", "Coder", "1.0.0", kinds.CODING, models.CLAUDE_SONNET_5, 1.2, coding)
        )
    return tuple(found)


def _fast(rng: Random) -> models.Model:
    return rng.choice(_FAST_MODELS)
