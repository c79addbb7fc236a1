"""The statement that finds what was passed and keeps it, set by set, in one go.

``lines`` and ``codes`` are what changed, NULL for everything of the company; ``periods`` the months to look at. What
passed its threshold and stands in no row yet becomes one; the database lets each be one row for ever.
"""

# What each line used of what it may use, one row per kind; a plan's GB is 10^9 bytes.
_OF_LINES = """
used AS (
    SELECT usage.*, line.roaming_limit, plan.data_gb * 1000000000 AS allowance
    FROM groupbundles_lineusagemonth AS usage
    JOIN sims_line AS line ON line.id = usage.line_id
    LEFT JOIN sims_tariffplan AS plan ON plan.id = line.plan_id
    WHERE usage.customer_id = %(customer)s AND usage.period = ANY(%(periods)s::date[])
      AND (%(lines)s::bigint[] IS NULL OR usage.line_id = ANY(%(lines)s::bigint[]))
), of_lines AS (
    SELECT used.line_id, used.period, measured.kind, measured.value, measured.of
    FROM used CROSS JOIN LATERAL (VALUES
        ('out_of_bundle', out_of_bundle, NULL::numeric),
        ('allowance', 100 * own_data_bytes / nullif(allowance, 0), allowance),
        ('roaming', 100 * data_roaming_charge / nullif(roaming_limit, 0), roaming_limit),
        ('third_party', third_party_charge, NULL),
        ('first_premium', premium_records, NULL)
    ) AS measured (kind, value, of)
)"""

# What the members of each bundle used of it, and what they spent outside of any bundle while they were in it.
_OF_BUNDLES = """
looked_at AS (
    SELECT bundle.id, bundle.code, bundle.kind, bundle.size FROM groupbundles_groupbundle AS bundle
    WHERE bundle.customer_id = %(customer)s AND (
        %(codes)s::text[] IS NULL OR bundle.code = ANY(%(codes)s::text[]) OR bundle.id IN (
            SELECT bundle_id FROM groupbundles_bundlemember WHERE line_id = ANY(%(lines)s::bigint[])
        )
    )
), months AS (
    SELECT unnest(%(periods)s::date[]) AS period
), of_bundles AS (
    SELECT bundle.id AS bundle_id, month.period, 'bundle_percent' AS kind,
           100.0 * sum(day.quantity) / bundle.size AS value, bundle.size::numeric AS of
    FROM looked_at AS bundle CROSS JOIN months AS month
    JOIN groupbundles_bundleusageday AS day
      ON day.customer_id = %(customer)s AND day.code = bundle.code AND day.kind = bundle.kind
     AND day.day >= month.period AND day.day < month.period + interval '1 month'
    GROUP BY bundle.id, bundle.size, month.period
  UNION ALL
    SELECT bundle.id, month.period, 'bundle_amount', sum(spent.out_of_bundle), NULL
    FROM looked_at AS bundle CROSS JOIN months AS month
    JOIN groupbundles_lineusagemonth AS spent ON spent.customer_id = %(customer)s AND spent.period = month.period
    WHERE EXISTS (
        SELECT 1 FROM groupbundles_bundlemember AS member
        WHERE member.bundle_id = bundle.id AND member.line_id = spent.line_id
          AND member.since < month.period + interval '1 month'
          AND (member.until IS NULL OR member.until > month.period)
    )
    GROUP BY bundle.id, month.period
)"""

_INSERT = """
, measured AS (
    SELECT line_id, NULL::bigint AS bundle_id, period, kind, value, of FROM of_lines
  UNION ALL
    SELECT NULL, bundle_id, period, kind, value, of FROM of_bundles
)
INSERT INTO groupbundles_alert
    (customer_id, kind, threshold, line_id, bundle_id, period, value, of, tells_employee, fired_at)
SELECT %(customer)s, rule.kind, rule.threshold, measured.line_id, measured.bundle_id, measured.period, measured.value,
       measured.of, rule.tells_employee, statement_timestamp()
FROM measured
JOIN groupbundles_alertrule AS rule
  ON rule.customer_id = %(customer)s AND rule.kind = measured.kind AND rule.is_active
 AND (rule.line_id = measured.line_id OR rule.bundle_id = measured.bundle_id
      OR (rule.line_id IS NULL AND rule.bundle_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM groupbundles_alertrule AS own
        WHERE own.line_id = measured.line_id AND own.kind = measured.kind
      ) AND NOT EXISTS (
        SELECT 1 FROM groupbundles_alertrule AS own
        WHERE own.bundle_id = measured.bundle_id AND own.kind = measured.kind
      )))
WHERE measured.value > 0 AND measured.value >= rule.threshold
ORDER BY measured.line_id, measured.bundle_id, measured.period, rule.kind, rule.threshold
ON CONFLICT DO NOTHING
RETURNING id
"""

FIRE = f"WITH {_OF_LINES}, {_OF_BUNDLES} {_INSERT}"
