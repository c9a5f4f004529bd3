-- Three wallets, and invoices of the seller that are not paid yet. LNbits itself has made the
-- invoices, by its FakeWallet; they expire in November 2036.
INSERT INTO accounts (id, extra, ui_customization) VALUES
('someone', '{}', '{}');

INSERT INTO wallets (id, name, "user", adminkey, inkey, currency, lightning_address, extra, stored_paylinks) VALUES
('seller', 'seller', 'someone', 'seller-admin', 'seller-invoice', '', 'seller', '{}', '{"links": []}'),
('balance', 'balance', 'someone', 'balance-admin', 'balance-invoice', '', 'balance', '{}', '{"links": []}'),
('limit', 'limit', 'someone', 'limit-admin', 'limit-invoice', '', 'limit', '{}', '{"links": []}');

-- Amounts are thousandths of a satoshi. Enough for one invoice of 100, and for many of 200.
INSERT INTO apipayments (checking_id, payment_hash, bolt11, amount, wallet_id, memo, status) VALUES
('internal_balance', 'balance', '', 150000, 'balance', 'what there is', 'success'),
('internal_limit', 'limit', '', 1000000, 'limit', 'what there is', 'success');

INSERT INTO apipayments (checking_id, payment_hash, preimage, bolt11, amount, wallet_id, memo, status) VALUES
('cdf044a2bf7bdf955fc1cd5efd15ee286443866dc342d011eecc87f80f9fa353', 'cdf044a2bf7bdf955fc1cd5efd15ee286443866dc342d011eecc87f80f9fa353', 'eb1fb90777fd9e85c02419ed6a6e13c710c47ccc52114dc87806ea5f75fc17e9', 'lnbc1u1p4sjnr0dq0vfskcctwvdjj6vgxqxfvcqcqsp5a3m4pxcr2xzjnjm5enjt8zp8vjz5y5r9nshknqmcn2pfw9xdmcuspp5ehcyfg4l000e2h7pe400690w9pjy8pndcdpdqy0wejrlsrul5dfscxyfdp92nw2weq3atmjsszy022ru6pc2zl4lll77wmnp9k09shr9z7qa7dhrx7edazp48dqumfmwh8y0wmh84uhsj0wxqgfsu8ws25cp65ra70', 100000, 'seller', 'balance-1', 'pending'),
('8a71802a818a64132f282393d8044609b0b1bf6302a6f520f78828af58300a90', '8a71802a818a64132f282393d8044609b0b1bf6302a6f520f78828af58300a90', 'd6860e4f7590d1d45c006c13e8c94f7066055335e37a64d00ddd4e39e55af592', 'lnbc1u1p4sjnr0dq0vfskcctwvdjj6vsxqxfvcqcqsp56svw60efr8k0tg5elxrs88jem68hzscpr6zrxpsgg5nrkvuts2eqpp53fccq25p3fjpxtegywfaspzxpxctr0mrq2n02g8h3q527kpsp2gqu69e5w6uzsm8zurvpt3yzj3prxw2lrsa8n3lk56mlutxaup6f9nqh7m8wzsaknl46x54d2lk24ldeapdydmk4nw4rxkldxwf9asjg3gpu39d7p', 100000, 'seller', 'balance-2', 'pending'),
('c25f4d4876df799935a8dd4bf8bc8fa667257a896cf8c578a271cc94e3634cb7', 'c25f4d4876df799935a8dd4bf8bc8fa667257a896cf8c578a271cc94e3634cb7', 'd66486e6ed38eacbd6e8d7cf2b7518c5a29750b0c1480a91b7819c9089228ef1', 'lnbc2u1p4sjnr0dqvd35k66t595csxqxfvcqcqsp5m2wkjezu88fvv0e3th2d7v8gtpey262clx2gq38r94xfpxh9q9rqpp5cf056jrkmauejddgm49l30y05enj275fdnuv279zw8xffcmrfjmskudqvexq9x8ss73hzv86v0uqextf4mpff32mzemtxlkesng8gey4wcs9nrmttnr2zz88vqt4hvm0rclhl36x4ek542fe35amn9e0n4gqv6emcn', 200000, 'seller', 'limit-1', 'pending'),
('e0873cf986cef2e09cfcde492e3beea46a018bd8d86eb2f6bd4ca8eafea20fed', 'e0873cf986cef2e09cfcde492e3beea46a018bd8d86eb2f6bd4ca8eafea20fed', '36b7a194023c8e59f50bdf176d80a15d2b49d6ac8fb37f2712ebe08c3a185f71', 'lnbc2u1p4sjnr0dqvd35k66t595eqxqxfvcqcqsp56cusja0q2vc2yehj4t5jjnw8eryffdk6yke7s0h5mn7djtplu3wqpp5uzrne7vxemewp88umeyjuwlw534qrz7cmpht9a4afj5w4l4zplksfws8ejjwdhqrhhauza2jgnjh38kj30w79f6gs7clz3kgqgr342vqnat528vytsw9e5z8zy9gtqh5z52g00smlw6m8mf2tpjpz9fxmmspqey7a8', 200000, 'seller', 'limit-2', 'pending');
UPDATE apipayments SET extra = '{}', labels = '[]', created_at = time, updated_at = time, expiry = '2036-11-01';
