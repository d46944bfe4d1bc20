"""A report: one portal's numbers over one period, on paper. The same numbers, words and definitions as the pages.

    job           what is to be built: the portal, the period, what is to be in it
    numbers       everything that it says, read once
    period_names  the period and the one before, as sentences name them
    grammar       counting words, lists, quotations
    summary       what was done, what it was worth, what changed; attention: what a reader should look at
    headlines     the six numbers of the first page
    blocks        cards → what stands on paper; rows  drawing  specs: its charts
    document      all of it, as the template receives it; views: the shapes
    styles  pdf   the document → PDF
    build         a job → its files, in this process; worker: in a child that is watched

Nothing is fetched while a report is made, and the same job on the same snapshot gives the same bytes.
"""
