"""How the control store's schema came to be; each step is frozen once it has been released."""
