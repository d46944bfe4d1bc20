"""Commands of the command line, by what they are about. `cli` has those of the pipeline and of the servers.

Heavy modules are imported inside the commands, as there.
"""
