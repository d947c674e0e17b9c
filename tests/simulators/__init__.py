"""Other people's systems as small real HTTP servers: strict about what the vendor documents, misbehaving on demand."""
