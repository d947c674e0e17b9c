"""Writers of the sample files: one module a format. Same words in, same bytes out. Called by `samples.build` alone."""
