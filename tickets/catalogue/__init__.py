"""The subjects that come with the portal, ``subjects.json``, and how they get into the database."""
