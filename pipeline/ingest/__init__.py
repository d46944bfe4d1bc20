"""Landing files → raw tables: every good row once, everything else told with its reason."""
