"""The statements one batch of usage consists of. All of them work on whole sets; no record passes through Python.

``usage_stage`` holds the rows, whose form was checked on the way; ``usage_judged`` what becomes of each; and
``usage_counted`` the sums of the new records that have a line. They live as long as the transaction. ``customer`` is a
parameter of most; judging also takes the ``oldest`` day, the ``latest`` moment, ``purged`` months and ``most_…``.
"""

# Waiting for another import of the same company, and sorting a whole batch, take longer than a page may. Nothing here
# is joined in order: each join finds few rows for many, or fits in memory.
PATIENCE = """
SET LOCAL statement_timeout = '15min';
SET LOCAL lock_timeout = '10min';
SET LOCAL work_mem = '96MB';
SET LOCAL enable_mergejoin = off;
SET LOCAL jit = off;
"""

# A batch stays in memory. Only possible before a session has its first temporary table, and not worth an error.
TEMPORARY_MEMORY = "SET temp_buffers = '96MB'"

# One set of records of a company at a time decides which record is the first of its id and adds to the counters.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('usage of company ' || %(customer)s::bigint, 0))"

STAGE = """
DROP TABLE IF EXISTS pg_temp.usage_stage, pg_temp.usage_judged, pg_temp.usage_counted;
CREATE TEMPORARY TABLE usage_stage (
    place bigint, record_id varchar COLLATE "C", msisdn varchar COLLATE "C", started_at timestamptz,
    kind varchar COLLATE "C", zone varchar COLLATE "C", quantity bigint, unit varchar, bundle varchar COLLATE "C",
    charge numeric(14, 4)
) ON COMMIT DROP;
"""

# Control characters, which no row has, stand for the quote and for NULL: a row is taken as it is.
COPY = "COPY usage_stage FROM STDIN (FORMAT csv, DELIMITER ';', QUOTE E'\\x02', NULL E'\\x03', ENCODING 'UTF8')"

# Which line a number belongs to on which day. A number that went from one line to another belongs to the first until
# the second was activated, or the first one ended; the last of them keeps it for ever.
OWNER = """
owner AS (
    SELECT number, id, since, coalesce(lead(since) OVER (PARTITION BY number ORDER BY nth), 'infinity') AS until
    FROM (
        SELECT number, id, nth, max(began) OVER (PARTITION BY number ORDER BY nth) AS since
        FROM (
            SELECT number::varchar COLLATE "C" AS number, id, row_number() OVER by_age AS nth,
                   CASE WHEN row_number() OVER by_age = 1 THEN '-infinity'::date
                        ELSE coalesce(activated_on, lag(ended_on) OVER by_age + 1, '-infinity') END AS began
            FROM sims_line WHERE customer_id = %(customer)s::bigint AND number IS NOT NULL
            WINDOW by_age AS (PARTITION BY number ORDER BY state <> 'terminated', ended_on, id)
        ) AS held
    ) AS taken
)
"""

# ``content`` is the same for the same moment, however it was written.
JUDGE = f"""
CREATE TEMPORARY TABLE usage_judged ON COMMIT DROP AS
WITH {OWNER}
SELECT place, record_id, msisdn, started_at, seen.day, (date_trunc('month', seen.day::timestamp))::date AS period,
       kind, zone, quantity, bundle, charge, content, owner.id AS line_id,
       CASE WHEN fault IS NOT NULL THEN fault
            WHEN known IS NULL THEN 'fresh'
            WHEN known = content THEN 'duplicate'
            ELSE 'conflict' END AS verdict
FROM (
    SELECT s.*, k.content AS known,
           hash_record_extended(ROW(s.msisdn, s.started_at, s.kind, s.zone, s.quantity, s.bundle, s.charge), 0)
               AS content,
           CASE WHEN s.quantity > CASE s.kind WHEN 'data' THEN %(most_data)s::bigint
                                              WHEN 'voice' THEN %(most_voice)s::bigint
                                              ELSE %(most_pieces)s::bigint END THEN 'quantity'
                WHEN s.day < %(oldest)s::date THEN 'too_old'
                WHEN s.started_at > %(latest)s::timestamptz THEN 'future' END AS fault
    FROM (SELECT *, (started_at AT TIME ZONE 'Europe/Brussels')::date AS day FROM usage_stage OFFSET 0) AS s
    LEFT JOIN groupbundles_usagekey AS k ON k.customer_id = %(customer)s::bigint AND k.record_id = s.record_id
    OFFSET 0
) AS seen
LEFT JOIN owner ON known IS NULL AND owner.number = msisdn AND seen.day >= owner.since AND seen.day < owner.until
"""  # noqa: S608 - of constants only

# What waits for a line that is there by now. Numbers are few; each is looked up once.
CLAIMABLE = """
SELECT DISTINCT r.msisdn FROM groupbundles_usagerecord AS r
WHERE r.customer_id = %(customer)s::bigint AND r.line_id IS NULL
      AND EXISTS (SELECT FROM sims_line AS l WHERE l.customer_id = r.customer_id AND l.number = r.msisdn)
ORDER BY 1
"""

# Of several rows with one id in the batch, the first stays. ``ids`` are those that the batch holds more than once.
AGAIN = """
UPDATE usage_judged AS later
SET verdict = CASE WHEN later.content = same.first THEN 'duplicate' ELSE 'conflict' END
FROM (
    SELECT ctid AS row, first_value(content) OVER by_place AS first, row_number() OVER by_place AS nth
    FROM usage_judged WHERE verdict = 'fresh' AND record_id = ANY (%(ids)s)
    WINDOW by_place AS (PARTITION BY record_id ORDER BY place)
) AS same
WHERE later.ctid = same.row AND same.nth > 1
"""

VERDICTS = "SELECT verdict, period, line_id IS NULL, count(*) FROM usage_judged GROUP BY 1, 2, 3"
REFUSED = """
SELECT place, verdict FROM usage_judged WHERE verdict NOT IN ('fresh', 'duplicate', 'conflict') ORDER BY place
"""

KEYS = """
INSERT INTO groupbundles_usagekey (customer_id, record_id, period, content)
SELECT %(customer)s, record_id, period, content FROM usage_judged WHERE verdict = 'fresh' ORDER BY record_id
"""

# By line, so that a line's records of a batch stand side by side.
RECORDS = """
INSERT INTO groupbundles_usagerecord (customer_id, period, record_id, msisdn, line_id, started_at, day, kind, zone,
                                      quantity, bundle, charge)
SELECT %(customer)s, period, record_id, msisdn, line_id, started_at, day, kind, zone, quantity, bundle, charge
FROM usage_judged WHERE verdict = 'fresh' ORDER BY line_id
"""

_SUMS = """sum(quantity)::bigint AS quantity, count(*)::int AS records, sum(charge) AS charge,
       min(started_at) AS first_at, max(started_at) AS last_at"""

# Summed by hashes, and only the sums put in order.
COUNT = f"""
CREATE TEMPORARY TABLE usage_counted ON COMMIT DROP AS
SELECT * FROM (
    SELECT line_id, day, kind, zone, bundle, {_SUMS}
    FROM usage_judged WHERE verdict = 'fresh' AND line_id IS NOT NULL
    GROUP BY line_id, day, kind, zone, bundle OFFSET 0
) AS summed ORDER BY line_id, day
"""  # noqa: S608 - of constants only

# Records that were set aside and have a line now: given to it and summed.
CLAIM_STAGE = """
DROP TABLE IF EXISTS pg_temp.usage_counted;
CREATE TEMPORARY TABLE usage_counted (
    line_id bigint, day date, kind varchar, zone varchar, bundle varchar, quantity bigint, records int,
    charge numeric(14, 4), first_at timestamptz, last_at timestamptz
) ON COMMIT DROP;
"""
CLAIM = f"""
WITH {OWNER}, claimed AS (
    UPDATE groupbundles_usagerecord AS r SET line_id = owner.id
    FROM owner
    WHERE r.customer_id = %(customer)s::bigint AND r.line_id IS NULL AND r.msisdn = ANY (%(numbers)s)
          AND owner.number = r.msisdn AND r.day >= owner.since AND r.day < owner.until
    RETURNING r.line_id, r.day, r.kind, r.zone, r.bundle, r.quantity, r.charge, r.started_at
)
INSERT INTO usage_counted
SELECT line_id, day, kind, zone, bundle, {_SUMS}
FROM claimed GROUP BY line_id, day, kind, zone, bundle ORDER BY line_id, day, kind, zone, bundle
"""  # noqa: S608 - of constants only

# Every row is looked up by its key: a statistic of the table from before it grew would have it read whole, again and
# again. Nobody else adds days of this company meanwhile.
BY_KEY, BY_COST = "SET LOCAL enable_seqscan = off", "SET LOCAL enable_seqscan = on"
DAYS = """
MERGE INTO groupbundles_lineusageday AS d USING usage_counted AS n
ON (d.line_id, d.day, d.kind, d.zone, d.bundle) = (n.line_id, n.day, n.kind, n.zone, n.bundle)
WHEN MATCHED THEN UPDATE
SET quantity = d.quantity + n.quantity, records = d.records + n.records, charge = d.charge + n.charge
WHEN NOT MATCHED THEN INSERT (customer_id, line_id, day, kind, zone, bundle, quantity, records, charge)
VALUES (%(customer)s, n.line_id, n.day, n.kind, n.zone, n.bundle, n.quantity, n.records, n.charge)
"""

_AMOUNTS = {
    "data_bytes": "sum(quantity) FILTER (WHERE kind = 'data')",
    "own_data_bytes": "sum(quantity) FILTER (WHERE kind = 'data' AND bundle = 'own')",
    "voice_seconds": "sum(quantity) FILTER (WHERE kind = 'voice')",
    "sms": "sum(quantity) FILTER (WHERE kind = 'sms')",
    "services": "sum(quantity) FILTER (WHERE kind = 'service')",
    "out_of_bundle": "sum(charge)",
    "roaming_charge": "sum(charge) FILTER (WHERE zone IN ('EU', 'WORLD'))",
    "data_roaming_charge": "sum(charge) FILTER (WHERE kind = 'data' AND zone IN ('EU', 'WORLD'))",
    "third_party_charge": "sum(charge) FILTER (WHERE zone = 'THIRD_PARTY')",
    "premium_charge": "sum(charge) FILTER (WHERE zone = 'PREMIUM')",
    "premium_records": "sum(records) FILTER (WHERE zone = 'PREMIUM')",
}

MONTHLY = f"""
INSERT INTO groupbundles_lineusagemonth AS m (customer_id, line_id, period, {", ".join(_AMOUNTS)},
                                              first_used_at, last_used_at)
SELECT %(customer)s, line_id, date_trunc('month', day::timestamp)::date,
       {", ".join(f"coalesce({amount}, 0)" for amount in _AMOUNTS.values())}, min(first_at), max(last_at)
FROM usage_counted GROUP BY 2, 3 ORDER BY 2, 3
ON CONFLICT (line_id, period) DO UPDATE SET
    {", ".join(f"{name} = m.{name} + excluded.{name}" for name in _AMOUNTS)},
    first_used_at = least(m.first_used_at, excluded.first_used_at),
    last_used_at = greatest(m.last_used_at, excluded.last_used_at)
RETURNING line_id, period
"""  # noqa: S608 - of constants only

BUNDLES = """
INSERT INTO groupbundles_bundleusageday AS b (customer_id, code, kind, day, quantity, records)
SELECT %(customer)s, bundle, kind, day, sum(quantity), sum(records)
FROM usage_counted WHERE bundle NOT IN ('', 'own') GROUP BY bundle, kind, day ORDER BY bundle, kind, day
ON CONFLICT (customer_id, code, kind, day) DO UPDATE
SET quantity = b.quantity + excluded.quantity, records = b.records + excluded.records
RETURNING code
"""
