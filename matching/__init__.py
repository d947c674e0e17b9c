"""How alike are a person and a job? Embeddings, indexes, skills, redaction, scores. Pure, but for the engines."""
