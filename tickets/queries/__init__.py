"""What the pages about tickets read; the first argument is the company."""
