"""The one module that knows where the templates are."""

from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
ASSETS = TEMPLATES / "assets"
