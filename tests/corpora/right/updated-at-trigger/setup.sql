CREATE TABLE tally (id integer PRIMARY KEY, amount integer NOT NULL, updated_at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON tally FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO tally VALUES (1, 0);
