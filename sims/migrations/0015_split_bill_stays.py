"""The database itself keeps what was agreed: terms and past periods of a split bill never change."""

from django.db import migrations

CREATE = """
CREATE FUNCTION sims_refuse_other_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the terms of split bill profile % never change', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER split_bill_terms BEFORE UPDATE ON sims_splitbillprofile FOR EACH ROW
    WHEN ((OLD.kind, OLD.company_amount, OLD.company_percentage, OLD.category_percentages, OLD.employee_categories)
        IS DISTINCT FROM
        (NEW.kind, NEW.company_amount, NEW.company_percentage, NEW.category_percentages, NEW.employee_categories))
    EXECUTE FUNCTION sims_refuse_other_terms();
CREATE FUNCTION sims_refuse_other_past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' OR EXISTS (
        SELECT 1 FROM sims_splitbillassignment WHERE line_id = NEW.line_id AND since > NEW.since
    ) THEN
        RAISE EXCEPTION 'how a bill was split in the past never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER split_bill_past BEFORE INSERT OR UPDATE OR DELETE ON sims_splitbillassignment
    FOR EACH ROW EXECUTE FUNCTION sims_refuse_other_past();
"""
DROP = """
DROP TRIGGER split_bill_past ON sims_splitbillassignment;
DROP FUNCTION sims_refuse_other_past();
DROP TRIGGER split_bill_terms ON sims_splitbillprofile;
DROP FUNCTION sims_refuse_other_terms();
"""
# Lines that have a profile already have had it since they came into service.
KNOWN = """
INSERT INTO sims_splitbillassignment (customer_id, line_id, profile_id, since, created_at)
SELECT customer_id, id, split_bill_profile_id, date_trunc('month', coalesce(activated_on, created_at)), now()
FROM sims_line WHERE split_bill_profile_id IS NOT NULL AND state <> 'new'
"""


class Migration(migrations.Migration):
    dependencies = [("sims", "0014_split_bill")]

    operations = [migrations.RunSQL(CREATE, DROP), migrations.RunSQL(KNOWN, migrations.RunSQL.noop)]
