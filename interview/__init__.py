"""The conversation and its judgement: plan, dialogue, listening, speaking, evaluation, report."""
