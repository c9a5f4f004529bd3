BEGIN;
INSERT INTO code (name, owner) VALUES ('x', :buyer);
COMMIT;
