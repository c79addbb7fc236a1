"""A trigram index on what lines are found by, where the server has the extension; nothing depends on it but speed.

The embedded PostgreSQL has no extensions. A company's rows are then read one by one, which is right and slower.
"""

from django.db import migrations

CREATE = """
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX line_search_trigrams ON sims_line USING gin (search_text gin_trgm_ops);
    END IF;
EXCEPTION
    -- A role that may not create extensions, or an extension in a schema that is out of reach.
    WHEN insufficient_privilege OR undefined_object THEN
        RAISE NOTICE 'no trigram index: %', SQLERRM;
END $$;
"""
DROP = "DROP INDEX IF EXISTS line_search_trigrams;"


class Migration(migrations.Migration):
    dependencies = [("sims", "0004_saved_views")]

    operations = [migrations.RunSQL(CREATE, DROP)]
