"""Reports: a portal's numbers over a period, on paper, at set times.

    definition    what a report is asked to be; `plain` the same as plain values, `check` what is wrong with one
    schedule      when one is due
    period        what it covers when it is due
    built         what was made of it, and what is said of that in mails and webhooks

When one was due and what became of it is the control store's. How a report looks is the site builder's, who is
sent it is `core.delivery`'s.
"""
