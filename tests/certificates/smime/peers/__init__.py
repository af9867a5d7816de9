"""S/MIME by programs that nobody here wrote: what they make is opened by us, what we make by them."""
