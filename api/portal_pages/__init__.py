"""The pages of portals: who may see one, and its files as they are.

An endpoint of its own beside the framework's routes: one decision and one answer, made where the file is known.
Nothing is rendered here; what the pages hold was built before.
"""

from api.portal_pages.endpoint import PortalPages

__all__ = ["PortalPages"]
