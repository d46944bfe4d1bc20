"""Numbers + templates → files. A site is files only: nothing is worked out when somebody looks at it.

    locate        where the templates are
    words         numbers, money and dates as the customer's locale writes them
    axes          where charts have marks, and what stands there; `axis_locale` the rest of a locale for them
    colour        a brand colour that stays readable
    pages cards tables sentences definitions activity chart_data    numbers → words and pictures
    views         what the templates receive: words and pictures, never arithmetic
    shapes        small pictures as SVG paths: sparkline, donut, bars
    charts        one spec a kind of chart, made with Altair
    assets        shared files, named by what is in them
    render        templates → text
    export        the portal's numbers as CSV
    gather        all portals of a build in shared passes
    portal_site   one portal's files
    logos         pictures of customers, fetched once; `logo_fetch` under which guards
    build_some    some portals in one process; `workers` many over the cores
    manifest      what was built from what, so that nothing is built twice
    sites         the whole build

Which numbers there are is `core.portal_data`'s; when sites are built is the orchestrator's.
"""
