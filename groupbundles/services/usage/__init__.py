"""Usage records on their way in: files and feeds, batches, counters, what is set aside, and what grows old."""
