CREATE TABLE post (id integer PRIMARY KEY, likes integer NOT NULL DEFAULT 0);
CREATE TABLE post_like (post integer NOT NULL REFERENCES post, buyer bigint NOT NULL, PRIMARY KEY (post, buyer));
CREATE FUNCTION count_like() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE post SET likes = likes + 1 WHERE id = NEW.post; RETURN NULL; END $$;
CREATE TRIGGER zz_count_like AFTER INSERT ON post_like FOR EACH ROW EXECUTE FUNCTION count_like();
INSERT INTO post VALUES (1, 0);
