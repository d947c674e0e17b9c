"""What it takes to run Foyer elsewhere: container files, Compose, Kubernetes, and the few programs they need."""
