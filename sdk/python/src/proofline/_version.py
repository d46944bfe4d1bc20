"""The version of this package, and of the API that it speaks."""

VERSION = "0.1.0"
API_VERSION = "2025-01-06"
