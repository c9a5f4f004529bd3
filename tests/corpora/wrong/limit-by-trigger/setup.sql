CREATE TABLE seat_use (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL);
CREATE FUNCTION at_most_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM seat_use) >= 1 THEN RAISE EXCEPTION 'no seat is left'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER at_most_one BEFORE INSERT ON seat_use FOR EACH ROW EXECUTE FUNCTION at_most_one();
