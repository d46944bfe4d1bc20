"""Portals: what one shows and who may open it.

    definition    the configuration of a portal, as everybody who reads one has it
    plain         the same as plain values, as JSON has them
    merge         a configuration with what a partial update changes
    check         what is wrong with one, all at once; `grid` where its cards lie, `faults` how that is said
    domains       who may embed it
    passwords     what opens it besides a token
    presets       sets of cards that suit a kind of agent; `preset` how one is laid out

The numbers that a portal shows are `core.portal_data`'s, who may open it is `core.tokens`', and which portals there
are is the control store's.
"""
