"""The operations, each described once for blocking and asynchronous clients."""
