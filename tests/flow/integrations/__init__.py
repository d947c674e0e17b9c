"""Foyer among other people's systems: real HTTP both ways, a simulator for each vendor."""
