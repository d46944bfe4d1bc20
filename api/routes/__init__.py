"""One module a resource; each route fetches, calls one function and answers."""
