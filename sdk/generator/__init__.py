"""Writes the TypeScript SDK's types and operations from the Python SDK's, so that both have the same ones.

What is written by hand there, and why, is in its `resources.ts`.
"""
