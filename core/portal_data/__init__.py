"""One portal, one period → every number it shows. The API, the pages and the reports all read them here.

    answer        the numbers, as frozen values
    portal        one portal's numbers; many portals with shared passes
    ranges        which stretch of time each card covers
    standard  custom  before_after  missing   the kinds of cards
    standard_needs  what a standard card reads, worked out once for all portals that show alike
    buckets       series, and the buckets before that stand beside them
    source        tables of figures, fetched once for all who need them
    customer      for whom it is: name, zone, locale
    activity      the newest sessions, without a word of what was said

All functions are pure: a scoped reader and a portal's configuration in, frozen values out. Texts, JSON,
pictures and rounding belong to whoever shows the numbers.
"""
