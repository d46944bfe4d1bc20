"""Reports that are due → reports that are built, kept and queued to be sent.

    jobs      what is to be built of a report, as the control store says now
    keep      what was built → files in the archive, a row, and what is to be sent, in one transaction
    due       everything that is due, one after the other; what cannot be built says why
    restate   periods that were corrected since they were reported
    ask       one report or period that a person wants; previews

How a report looks is `site_build.report`'s business, and sending `core.delivery`'s.
"""
