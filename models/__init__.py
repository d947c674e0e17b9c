"""The words everyone speaks: values, errors, settings, protocols, rows, the store. Imports nothing of ours."""
