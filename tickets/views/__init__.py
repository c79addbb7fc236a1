"""Pages about tickets: the list, a new one, the thread, files, and a ticket about a request that went wrong."""
