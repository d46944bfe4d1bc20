"""The reference, printed from the code: `python -m docs` writes docs/reference, and a test tells when it is old.

Each module makes one page. Nothing here is imported by the program.
"""
