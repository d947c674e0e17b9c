"""The edge: HTTP, WebSocket, background work, command line. The only layer with side effects of its own."""
