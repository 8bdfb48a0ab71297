"""The log's chain: sealed at COMMIT by a deferred trigger with the owner's rights; nobody changes a sealed row."""

from django.db import migrations

SEAL = r"""
INSERT INTO accounts_loghead (id, number, seal) VALUES (1, 0, '\x00');

CREATE FUNCTION accounts_log_seal_of(entry accounts_logentry) RETURNS bytea
LANGUAGE sql STABLE AS $$
  SELECT sha256(convert_to(concat_ws(E'\x1f',
    entry.number, entry.id, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
    coalesce(entry.actor_id, 0), entry.role, entry.action, entry.object_type, entry.object_id,
    coalesce(entry.county_id, 0), coalesce(entry.township_id, 0), coalesce(entry.village_id, 0),
    entry.detail::text, encode(entry.previous, 'hex')), 'UTF8'))
$$;

CREATE FUNCTION accounts_log_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE head accounts_loghead; entry accounts_logentry;
BEGIN
  SELECT * INTO head FROM accounts_loghead WHERE id = 1 FOR UPDATE;
  SELECT * INTO entry FROM accounts_logentry WHERE id = NEW.id;
  entry.number := head.number + 1;
  entry.previous := head.seal;
  entry.seal := accounts_log_seal_of(entry);
  UPDATE accounts_logentry SET number = entry.number, previous = entry.previous, seal = entry.seal
   WHERE id = NEW.id;
  UPDATE accounts_loghead SET number = entry.number, seal = entry.seal WHERE id = 1;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER log_seal AFTER INSERT ON accounts_logentry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_log_seal();

CREATE FUNCTION accounts_log_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- What the application sends must be unsealed: a row can't bring its own number.
    IF NEW.number IS NOT NULL OR NEW.seal IS NOT NULL OR NEW.previous IS NOT NULL THEN
      RAISE EXCEPTION 'the log seals itself';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.seal IS NULL AND NEW.seal IS NOT NULL THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'the log only grows';
END $$;

CREATE TRIGGER log_keep BEFORE INSERT OR UPDATE OR DELETE ON accounts_logentry
FOR EACH ROW EXECUTE FUNCTION accounts_log_keep();

CREATE FUNCTION accounts_log_keep_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the log only grows'; END $$;

CREATE TRIGGER log_keep_all BEFORE TRUNCATE ON accounts_logentry
FOR EACH STATEMENT EXECUTE FUNCTION accounts_log_keep_all();
"""

UNDO = """
DROP TRIGGER log_keep_all ON accounts_logentry; DROP TRIGGER log_keep ON accounts_logentry;
DROP TRIGGER log_seal ON accounts_logentry; DROP FUNCTION accounts_log_keep_all(); DROP FUNCTION accounts_log_keep();
DROP FUNCTION accounts_log_seal(); DROP FUNCTION accounts_log_seal_of(accounts_logentry);
DELETE FROM accounts_loghead;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_references")]
    operations = [migrations.RunSQL(SEAL, UNDO)]
