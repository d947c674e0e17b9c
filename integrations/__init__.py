"""Other people's systems: one file a system, ours <-> theirs."""
