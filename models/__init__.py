"""The words everyone speaks: values, errors, settings, engine protocols, rows and the store. Imports nothing of ours."""
