"""Writing tickets: what managers ask and say, what goes to the help desk, and what comes back."""
