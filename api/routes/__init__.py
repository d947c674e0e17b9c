"""One router a resource. A route authenticates, calls, returns; it decides nothing."""
