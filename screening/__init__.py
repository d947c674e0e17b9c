"""From a file to a shortlist: extraction, parsing, requirements, must-haves, duplicates, the screening itself."""
