"""The embedded PostgreSQL and Redis of development and tests, and the process manager behind ``make run``.

Production sets DATABASE_URL and REDIS_URL and uses nothing from here.
"""
