"""Random small worlds of events that try everything the contract allows at once, and some of what it forbids.

Every customer's ids repeat those of the others where they may. Numbers of ordinary customers are round (tokens
tens, money no finer than a hundred-millionth), those of the customers in `SECRET` end in 777, so that a single
row of theirs among others' shows in the last digits.
"""

import random

from tests.end_to_end.world_cast import ORDINARY, SECRET, World
from tests.end_to_end.world_lives import Customer
from tests.end_to_end.world_registers import budgets, prices


def random_world(seed: int) -> World:
    """Forty-two customers' events with all that is said of prices and budgets."""
    world = World(random.Random(seed))
    for customer_id in (*ORDINARY, *SECRET):
        Customer(world, customer_id).live()
    for table, rows in (("prices", prices()), ("budgets", budgets())):
        for row in rows:
            world.add(table, row)
    return world
