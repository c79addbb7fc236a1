"""A line that has ended takes no order and never lives again: kept by the database, whoever writes."""

from django.db import migrations

ORDERS = """
CREATE FUNCTION order_needs_a_living_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM sims_line WHERE id = NEW.line_id FOR SHARE) = 'terminated' THEN
        RAISE EXCEPTION 'order_needs_a_living_line: line % has ended', NEW.line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_needs_a_living_line';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_needs_a_living_line BEFORE INSERT ON sims_order
    FOR EACH ROW EXECUTE FUNCTION order_needs_a_living_line();
"""
LINES = """
CREATE FUNCTION ended_line_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ended_line_stays_ended: line % has ended', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ended_line_stays_ended';
END $$;
CREATE TRIGGER ended_line_stays_ended BEFORE UPDATE ON sims_line
    FOR EACH ROW WHEN (
        OLD.state = 'terminated'
        AND (NEW.state IS DISTINCT FROM OLD.state OR NEW.sim_id IS DISTINCT FROM OLD.sim_id
             OR NEW.number IS DISTINCT FROM OLD.number OR NEW.plan_id IS DISTINCT FROM OLD.plan_id)
    ) EXECUTE FUNCTION ended_line_stays_ended();
"""


class Migration(migrations.Migration):
    dependencies = [("sims", "0007_changes_of_lines")]

    operations = [
        migrations.RunSQL(
            ORDERS,
            "DROP TRIGGER order_needs_a_living_line ON sims_order; DROP FUNCTION order_needs_a_living_line();",
        ),
        migrations.RunSQL(
            LINES, "DROP TRIGGER ended_line_stays_ended ON sims_line; DROP FUNCTION ended_line_stays_ended();"
        ),
    ]
