CREATE TABLE invitation (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer bigint NOT NULL, secret text NOT NULL DEFAULT md5(random()::text));
