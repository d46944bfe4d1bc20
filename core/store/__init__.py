"""Where things are kept: the control store that people write, and the published metrics, read-only."""
