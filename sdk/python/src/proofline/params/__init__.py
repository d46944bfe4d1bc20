"""Types of what is sent: the keyword arguments of operations, and the parts of bodies."""
