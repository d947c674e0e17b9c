-- Run once, as the administrator, when the database is made.
CREATE EXTENSION IF NOT EXISTS vector;
