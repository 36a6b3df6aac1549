"""The command line: what is asked in a shell becomes calls of the rooms, and their answers lines.

No file here imports numpy or a runtime at its top: ``mien --help`` must answer at once, so a
command imports the rooms that it needs when it runs.
"""
