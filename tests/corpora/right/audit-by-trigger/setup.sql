CREATE TABLE meter (id integer PRIMARY KEY, reading integer NOT NULL);
CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), was integer NOT NULL, became integer NOT NULL);
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit (was, became) VALUES (OLD.reading, NEW.reading); RETURN NULL; END $$;
CREATE TRIGGER log_change AFTER UPDATE ON meter FOR EACH ROW EXECUTE FUNCTION log_change();
INSERT INTO meter VALUES (1, 10);
