"""A number the employee may still ask back stays with his line: kept by the database, whoever writes.

Whoever ends the line rightly, such as a release to the employee, ends the hold in the same write.
"""

from django.db import migrations, models

HOLD = """
CREATE FUNCTION number_is_held_for_its_employee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'number_is_held_for_its_employee: line % until %', OLD.id, OLD.reclaim_until
        USING ERRCODE = 'check_violation', CONSTRAINT = 'number_is_held_for_its_employee';
END $$;
CREATE TRIGGER number_is_held_for_its_employee BEFORE UPDATE ON sims_line
    FOR EACH ROW WHEN (
        OLD.reclaim_until >= (now() AT TIME ZONE 'Europe/Brussels')::date
        AND NEW.reclaim_until IS NOT NULL
        AND ((NEW.state = 'terminated' AND OLD.state <> 'terminated')
             OR (OLD.subscriber_id IS NOT NULL AND NEW.subscriber_id IS DISTINCT FROM OLD.subscriber_id)
             OR NEW.number IS DISTINCT FROM OLD.number)
    ) EXECUTE FUNCTION number_is_held_for_its_employee();
"""


class Migration(migrations.Migration):
    dependencies = [("sims", "0011_bulk_orders")]

    operations = [
        migrations.AddField("line", "reclaim_until", models.DateField(blank=True, null=True)),
        migrations.RunSQL(
            HOLD,
            "DROP TRIGGER number_is_held_for_its_employee ON sims_line;"
            "DROP FUNCTION number_is_held_for_its_employee();",
        ),
    ]
