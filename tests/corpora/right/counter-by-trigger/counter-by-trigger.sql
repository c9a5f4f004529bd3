BEGIN;
INSERT INTO post_like (post, buyer) VALUES (1, :buyer);
COMMIT;
