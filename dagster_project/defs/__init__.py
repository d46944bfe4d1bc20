"""One file a stage: what exists afterwards, what is checked, when it is made."""
