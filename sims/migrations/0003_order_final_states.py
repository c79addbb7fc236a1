"""The database itself refuses to move an order out of a final state."""

from django.db import migrations

CREATE = """
CREATE FUNCTION sims_refuse_leaving_a_final_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % is %, which is final', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER order_final_states BEFORE UPDATE ON sims_order FOR EACH ROW
    WHEN (OLD.state IN ('completed', 'rejected', 'failed', 'cancelled') AND NEW.state <> OLD.state)
    EXECUTE FUNCTION sims_refuse_leaving_a_final_state();
"""
DROP = """
DROP TRIGGER order_final_states ON sims_order;
DROP FUNCTION sims_refuse_leaving_a_final_state();
"""


class Migration(migrations.Migration):
    dependencies = [("sims", "0002_order_version_and_waking")]

    operations = [migrations.RunSQL(CREATE, DROP)]
