CREATE TABLE entry (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 10) PRIMARY KEY, buyer bigint NOT NULL);
CREATE TABLE entry_tag (entry bigint NOT NULL REFERENCES entry, tag text NOT NULL);
