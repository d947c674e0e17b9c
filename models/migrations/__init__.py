"""Alembic's folder: `env.py` and the versions, run on SQLite and PostgreSQL alike."""
