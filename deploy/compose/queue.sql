-- Run once, when the database is made: the workflow engine has a database of its own (FOYER_QUEUE_URL).
CREATE DATABASE foyer_queue;
\connect foyer
CREATE EXTENSION IF NOT EXISTS vector;
