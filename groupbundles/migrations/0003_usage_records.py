"""The table of usage records: a partition per month, which the portal makes ahead and drops when it is old.

Its model is unmanaged because Django knows no partitions. Company and line have no constraint: each of a million rows
would be checked, and both are read from their tables by the statement that writes the rows.
"""

from django.db import migrations

CREATE = """
CREATE TABLE groupbundles_usagerecord (
    customer_id bigint NOT NULL,
    period date NOT NULL,
    record_id varchar(64) COLLATE "C" NOT NULL,
    msisdn varchar(16) COLLATE "C" NOT NULL,
    line_id bigint,
    started_at timestamptz NOT NULL,
    day date NOT NULL,
    kind varchar(8) NOT NULL,
    zone varchar(12) NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    bundle varchar(40) NOT NULL,
    charge numeric(14, 4) NOT NULL
) PARTITION BY RANGE (period);
CREATE INDEX usage_record_line ON groupbundles_usagerecord (line_id);
CREATE INDEX usage_record_set_aside ON groupbundles_usagerecord (customer_id, msisdn) WHERE line_id IS NULL;

-- Counters are updated in place again and again: room on each page keeps that off the indexes.
ALTER TABLE groupbundles_lineusageday SET (fillfactor = 80);
ALTER TABLE groupbundles_lineusagemonth SET (fillfactor = 70);
ALTER TABLE groupbundles_bundleusageday SET (fillfactor = 70);
"""
DROP = "DROP TABLE groupbundles_usagerecord"


class Migration(migrations.Migration):
    dependencies = [("groupbundles", "0002_usage")]

    operations = [migrations.RunSQL(CREATE, DROP)]
