"""Lines that were there before the history was kept: what is so of them now began when they came to the portal."""

from django.db import migrations

FACTS = """
INSERT INTO sims_linefact (customer_id, line_id, kind, value, reference, since, until)
SELECT l.customer_id, l.id, fact.kind, left(fact.value, 200), fact.reference,
       coalesce(l.activated_on::timestamp AT TIME ZONE 'Europe/Brussels', l.created_at),
       CASE WHEN l.state = 'terminated' THEN
           greatest(coalesce(l.ended_on::timestamp AT TIME ZONE 'Europe/Brussels', l.updated_at),
                    coalesce(l.activated_on::timestamp AT TIME ZONE 'Europe/Brussels', l.created_at))
       END
FROM sims_line l
LEFT JOIN sims_subscriber p ON p.id = l.subscriber_id
LEFT JOIN sims_sim s ON s.id = l.sim_id
LEFT JOIN sims_tariffplan t ON t.id = l.plan_id
CROSS JOIN LATERAL (VALUES
    ('number', coalesce(l.number, ''), ''),
    ('subscriber',
     trim(coalesce(p.first_name, '') || ' ' || coalesce(p.last_name, ''))
        || CASE WHEN coalesce(p.employee_number, '') <> '' THEN ' (' || p.employee_number || ')' ELSE '' END,
     coalesce(p.public_id::text, '')),
    ('sim', coalesce(s.iccid, ''), coalesce(s.public_id::text, '')),
    ('plan', coalesce(t.name_nl, ''), coalesce(t.code, ''))
) AS fact(kind, value, reference)
WHERE l.state <> 'new' AND fact.value <> '';
"""


class Migration(migrations.Migration):
    dependencies = [("sims", "0008_ended_lines")]

    operations = [migrations.RunSQL(FACTS, migrations.RunSQL.noop)]
