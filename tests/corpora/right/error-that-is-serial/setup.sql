CREATE TABLE code (name text PRIMARY KEY, owner bigint NOT NULL);
