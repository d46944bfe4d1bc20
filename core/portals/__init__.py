"""Portals: what one shows and who may open it.

    definition    the configuration of a portal, as everybody who reads one has it
    check         what is wrong with one, all at once
    presets       sets of metrics that suit a kind of agent

The numbers that a portal shows are `core.portal_data`'s, who may open it is `core.tokens`', and which portals there
are is the control store's.
"""
