--
-- PostgreSQL database dump
--

\restrict I123YBwhHtGqmYgj8DOJzQE3gXLSfOcJGSWM5W1R2l1kEwrrUep0NV7YtJjFBZG

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: audit; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA audit;


ALTER SCHEMA audit OWNER TO postgres;

--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: EXTENSION pg_trgm; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';


--
-- Name: order_status; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.order_status AS ENUM (
    'new',
    'paid',
    'shipped',
    'cancelled'
);


ALTER TYPE public.order_status OWNER TO postgres;

--
-- Name: quantity; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.quantity AS integer
	CONSTRAINT quantity_check CHECK ((VALUE > 0));


ALTER DOMAIN public.quantity OWNER TO postgres;

--
-- Name: log_change(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.log_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  INSERT INTO audit.log (what, old, new) VALUES (TG_TABLE_NAME || ';' || TG_OP, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL; -- '; it''s "fine"
END;
$$;


ALTER FUNCTION public.log_change() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: products; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.products (
    id integer NOT NULL,
    sku text NOT NULL,
    title text NOT NULL,
    price numeric(10,2) NOT NULL,
    stock integer DEFAULT 0 NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    price_gross numeric(12,4) GENERATED ALWAYS AS ((price * 1.19)) STORED,
    parent integer
);


ALTER TABLE public.products OWNER TO postgres;

--
-- Name: TABLE products; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.products IS 'what; we sell';


--
-- Name: stock_of(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.stock_of(p integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (stock_of.p > 0) THEN products.stock
             ELSE 0
         END AS "case"
    FROM public.products
   WHERE (products.id = stock_of.p);
END;


ALTER FUNCTION public.stock_of(p integer) OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;


ALTER FUNCTION public.touch() OWNER TO postgres;

--
-- Name: log; Type: TABLE; Schema: audit; Owner: postgres
--

CREATE TABLE audit.log (
    at timestamp with time zone DEFAULT now(),
    what text,
    old jsonb,
    new jsonb
);


ALTER TABLE audit.log OWNER TO postgres;

--
-- Name: base_events; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.base_events (
    id integer,
    kind text
);


ALTER TABLE public.base_events OWNER TO postgres;

--
-- Name: carts; Type: TABLE; Schema: public; Owner: shop_owner
--

CREATE UNLOGGED TABLE public.carts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    lines jsonb
);


ALTER TABLE public.carts OWNER TO shop_owner;

--
-- Name: click_events; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.click_events (
    url text
)
INHERITS (public.base_events);


ALTER TABLE public.click_events OWNER TO postgres;

--
-- Name: customers; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.customers (
    id bigint NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    address jsonb,
    tags text[] DEFAULT '{}'::text[],
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.customers OWNER TO postgres;

--
-- Name: customers_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.customers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.customers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: in_stock; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.in_stock AS
 SELECT products.id,
    products.title,
    products.stock
   FROM public.products
  WHERE (products.stock > 0);


ALTER TABLE public.in_stock OWNER TO postgres;

--
-- Name: order_lines; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.order_lines (
    order_id bigint NOT NULL,
    placed_on date NOT NULL,
    line_no integer NOT NULL,
    product integer NOT NULL,
    units public.quantity NOT NULL
);


ALTER TABLE public.order_lines OWNER TO postgres;

--
-- Name: order_numbers; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.order_numbers
    START WITH 5000
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 20;


ALTER TABLE public.order_numbers OWNER TO postgres;

--
-- Name: orders; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders (
    id bigint NOT NULL,
    number bigint DEFAULT nextval('public.order_numbers'::regclass) NOT NULL,
    customer bigint NOT NULL,
    status public.order_status DEFAULT 'new'::public.order_status NOT NULL,
    placed_on date DEFAULT '2026-03-01'::date NOT NULL,
    note text
)
PARTITION BY RANGE (placed_on);


ALTER TABLE public.orders OWNER TO postgres;

--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.orders_id_seq OWNER TO postgres;

--
-- Name: orders_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;


--
-- Name: orders_2025; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_2025 (
    id bigint DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    number bigint DEFAULT nextval('public.order_numbers'::regclass) NOT NULL,
    customer bigint NOT NULL,
    status public.order_status DEFAULT 'new'::public.order_status NOT NULL,
    placed_on date DEFAULT '2026-03-01'::date NOT NULL,
    note text
);


ALTER TABLE public.orders_2025 OWNER TO postgres;

--
-- Name: orders_2026; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_2026 (
    id bigint DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    number bigint DEFAULT nextval('public.order_numbers'::regclass) NOT NULL,
    customer bigint NOT NULL,
    status public.order_status DEFAULT 'new'::public.order_status NOT NULL,
    placed_on date DEFAULT '2026-03-01'::date NOT NULL,
    note text
);


ALTER TABLE public.orders_2026 OWNER TO postgres;

--
-- Name: orders_rest; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders_rest (
    id bigint DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
    number bigint DEFAULT nextval('public.order_numbers'::regclass) NOT NULL,
    customer bigint NOT NULL,
    status public.order_status DEFAULT 'new'::public.order_status NOT NULL,
    placed_on date DEFAULT '2026-03-01'::date NOT NULL,
    note text
);


ALTER TABLE public.orders_rest OWNER TO postgres;

--
-- Name: plain_notes; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.plain_notes (
    body text,
    raw bytea,
    "weird, ""name""" point
);


ALTER TABLE public.plain_notes OWNER TO postgres;

--
-- Name: products_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.products ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.products_id_seq
    START WITH 100
    INCREMENT BY 10
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: orders_2025; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');


--
-- Name: orders_2026; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');


--
-- Name: orders_rest; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_rest DEFAULT;


--
-- Name: orders id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);


--
-- Data for Name: log; Type: TABLE DATA; Schema: audit; Owner: postgres
--

COPY audit.log (at, what, old, new) FROM stdin;
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 100, "sku": "SKU-1", "price": 1.50, "stock": 1, "title": "Title\\twith\\\\tab 1", "parent": null, "version": 0, "price_gross": 1.7850}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 110, "sku": "SKU-2", "price": 3.00, "stock": 2, "title": "Title\\twith\\\\tab 2", "parent": null, "version": 0, "price_gross": 3.5700}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 120, "sku": "SKU-3", "price": 4.50, "stock": 3, "title": "Title\\twith\\\\tab 3", "parent": null, "version": 0, "price_gross": 5.3550}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 130, "sku": "SKU-4", "price": 6.00, "stock": 4, "title": "Title\\twith\\\\tab 4", "parent": null, "version": 0, "price_gross": 7.1400}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 140, "sku": "SKU-5", "price": 7.50, "stock": 5, "title": "Title\\twith\\\\tab 5", "parent": null, "version": 0, "price_gross": 8.9250}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 150, "sku": "SKU-6", "price": 9.00, "stock": 6, "title": "Title\\twith\\\\tab 6", "parent": null, "version": 0, "price_gross": 10.7100}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 160, "sku": "SKU-7", "price": 10.50, "stock": 7, "title": "Title\\twith\\\\tab 7", "parent": null, "version": 0, "price_gross": 12.4950}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 170, "sku": "SKU-8", "price": 12.00, "stock": 8, "title": "Title\\twith\\\\tab 8", "parent": null, "version": 0, "price_gross": 14.2800}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 180, "sku": "SKU-9", "price": 13.50, "stock": 9, "title": "Title\\twith\\\\tab 9", "parent": null, "version": 0, "price_gross": 16.0650}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 190, "sku": "SKU-10", "price": 15.00, "stock": 10, "title": "Title\\twith\\\\tab 10", "parent": null, "version": 0, "price_gross": 17.8500}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 200, "sku": "SKU-11", "price": 16.50, "stock": 11, "title": "Title\\twith\\\\tab 11", "parent": null, "version": 0, "price_gross": 19.6350}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 210, "sku": "SKU-12", "price": 18.00, "stock": 12, "title": "Title\\twith\\\\tab 12", "parent": null, "version": 0, "price_gross": 21.4200}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 220, "sku": "SKU-13", "price": 19.50, "stock": 13, "title": "Title\\twith\\\\tab 13", "parent": null, "version": 0, "price_gross": 23.2050}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 230, "sku": "SKU-14", "price": 21.00, "stock": 14, "title": "Title\\twith\\\\tab 14", "parent": null, "version": 0, "price_gross": 24.9900}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 240, "sku": "SKU-15", "price": 22.50, "stock": 15, "title": "Title\\twith\\\\tab 15", "parent": null, "version": 0, "price_gross": 26.7750}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 250, "sku": "SKU-16", "price": 24.00, "stock": 16, "title": "Title\\twith\\\\tab 16", "parent": null, "version": 0, "price_gross": 28.5600}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 260, "sku": "SKU-17", "price": 25.50, "stock": 17, "title": "Title\\twith\\\\tab 17", "parent": null, "version": 0, "price_gross": 30.3450}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 270, "sku": "SKU-18", "price": 27.00, "stock": 18, "title": "Title\\twith\\\\tab 18", "parent": null, "version": 0, "price_gross": 32.1300}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 280, "sku": "SKU-19", "price": 28.50, "stock": 19, "title": "Title\\twith\\\\tab 19", "parent": null, "version": 0, "price_gross": 33.9150}
2026-11-26 14:34:36.077036+00	products;INSERT	\N	{"id": 290, "sku": "SKU-20", "price": 30.00, "stock": 20, "title": "Title\\twith\\\\tab 20", "parent": null, "version": 0, "price_gross": 35.7000}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 160, "sku": "SKU-7", "price": 10.50, "stock": 7, "title": "Title\\twith\\\\tab 7", "parent": null, "version": 0, "price_gross": 12.4950}	{"id": 160, "sku": "SKU-7", "price": 10.50, "stock": 7, "title": "Title\\twith\\\\tab 7", "parent": 100, "version": 1, "price_gross": 12.4950}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 170, "sku": "SKU-8", "price": 12.00, "stock": 8, "title": "Title\\twith\\\\tab 8", "parent": null, "version": 0, "price_gross": 14.2800}	{"id": 170, "sku": "SKU-8", "price": 12.00, "stock": 8, "title": "Title\\twith\\\\tab 8", "parent": 100, "version": 1, "price_gross": 14.2800}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 180, "sku": "SKU-9", "price": 13.50, "stock": 9, "title": "Title\\twith\\\\tab 9", "parent": null, "version": 0, "price_gross": 16.0650}	{"id": 180, "sku": "SKU-9", "price": 13.50, "stock": 9, "title": "Title\\twith\\\\tab 9", "parent": 100, "version": 1, "price_gross": 16.0650}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 190, "sku": "SKU-10", "price": 15.00, "stock": 10, "title": "Title\\twith\\\\tab 10", "parent": null, "version": 0, "price_gross": 17.8500}	{"id": 190, "sku": "SKU-10", "price": 15.00, "stock": 10, "title": "Title\\twith\\\\tab 10", "parent": 100, "version": 1, "price_gross": 17.8500}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 200, "sku": "SKU-11", "price": 16.50, "stock": 11, "title": "Title\\twith\\\\tab 11", "parent": null, "version": 0, "price_gross": 19.6350}	{"id": 200, "sku": "SKU-11", "price": 16.50, "stock": 11, "title": "Title\\twith\\\\tab 11", "parent": 100, "version": 1, "price_gross": 19.6350}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 210, "sku": "SKU-12", "price": 18.00, "stock": 12, "title": "Title\\twith\\\\tab 12", "parent": null, "version": 0, "price_gross": 21.4200}	{"id": 210, "sku": "SKU-12", "price": 18.00, "stock": 12, "title": "Title\\twith\\\\tab 12", "parent": 100, "version": 1, "price_gross": 21.4200}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 220, "sku": "SKU-13", "price": 19.50, "stock": 13, "title": "Title\\twith\\\\tab 13", "parent": null, "version": 0, "price_gross": 23.2050}	{"id": 220, "sku": "SKU-13", "price": 19.50, "stock": 13, "title": "Title\\twith\\\\tab 13", "parent": 100, "version": 1, "price_gross": 23.2050}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 230, "sku": "SKU-14", "price": 21.00, "stock": 14, "title": "Title\\twith\\\\tab 14", "parent": null, "version": 0, "price_gross": 24.9900}	{"id": 230, "sku": "SKU-14", "price": 21.00, "stock": 14, "title": "Title\\twith\\\\tab 14", "parent": 100, "version": 1, "price_gross": 24.9900}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 240, "sku": "SKU-15", "price": 22.50, "stock": 15, "title": "Title\\twith\\\\tab 15", "parent": null, "version": 0, "price_gross": 26.7750}	{"id": 240, "sku": "SKU-15", "price": 22.50, "stock": 15, "title": "Title\\twith\\\\tab 15", "parent": 100, "version": 1, "price_gross": 26.7750}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 250, "sku": "SKU-16", "price": 24.00, "stock": 16, "title": "Title\\twith\\\\tab 16", "parent": null, "version": 0, "price_gross": 28.5600}	{"id": 250, "sku": "SKU-16", "price": 24.00, "stock": 16, "title": "Title\\twith\\\\tab 16", "parent": 100, "version": 1, "price_gross": 28.5600}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 260, "sku": "SKU-17", "price": 25.50, "stock": 17, "title": "Title\\twith\\\\tab 17", "parent": null, "version": 0, "price_gross": 30.3450}	{"id": 260, "sku": "SKU-17", "price": 25.50, "stock": 17, "title": "Title\\twith\\\\tab 17", "parent": 100, "version": 1, "price_gross": 30.3450}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 270, "sku": "SKU-18", "price": 27.00, "stock": 18, "title": "Title\\twith\\\\tab 18", "parent": null, "version": 0, "price_gross": 32.1300}	{"id": 270, "sku": "SKU-18", "price": 27.00, "stock": 18, "title": "Title\\twith\\\\tab 18", "parent": 100, "version": 1, "price_gross": 32.1300}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 280, "sku": "SKU-19", "price": 28.50, "stock": 19, "title": "Title\\twith\\\\tab 19", "parent": null, "version": 0, "price_gross": 33.9150}	{"id": 280, "sku": "SKU-19", "price": 28.50, "stock": 19, "title": "Title\\twith\\\\tab 19", "parent": 100, "version": 1, "price_gross": 33.9150}
2026-11-26 14:34:36.09296+00	products;UPDATE	{"id": 290, "sku": "SKU-20", "price": 30.00, "stock": 20, "title": "Title\\twith\\\\tab 20", "parent": null, "version": 0, "price_gross": 35.7000}	{"id": 290, "sku": "SKU-20", "price": 30.00, "stock": 20, "title": "Title\\twith\\\\tab 20", "parent": 100, "version": 1, "price_gross": 35.7000}
\.


--
-- Data for Name: base_events; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.base_events (id, kind) FROM stdin;
1	base
\.


--
-- Data for Name: carts; Type: TABLE DATA; Schema: public; Owner: shop_owner
--

COPY public.carts (id, lines) FROM stdin;
621d614d-392d-4d38-951a-8d97907dca68	[]
30643bae-5b22-4c78-8ca6-db420ab18cde	[{"sku": "SKU-1"}]
\.


--
-- Data for Name: click_events; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.click_events (id, kind, url) FROM stdin;
2	click	/
\.


--
-- Data for Name: customers; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.customers (id, email, name, address, tags, created_at) FROM stdin;
1	c1@example.com	Customer 1	{"city": "Köln; 1"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
2	c2@example.com	Customer 2	{"city": "Köln; 2"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
3	c3@example.com	Customer 3	{"city": "Köln; 3"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
4	c4@example.com	Customer 4	{"city": "Köln; 4"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
5	c5@example.com	Customer 5	{"city": "Köln; 5"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
6	c6@example.com	Customer 6	{"city": "Köln; 6"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
7	c7@example.com	Customer 7	{"city": "Köln; 7"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
8	c8@example.com	Customer 8	{"city": "Köln; 8"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
9	c9@example.com	Customer 9	{"city": "Köln; 9"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
10	c10@example.com	Customer 10	{"city": "Köln; 10"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
11	c11@example.com	Customer 11	{"city": "Köln; 11"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
12	c12@example.com	Customer 12	{"city": "Köln; 12"}	{"a\\"b",NULL,"x,y"}	2026-11-26 14:34:36.073021+00
\.


--
-- Data for Name: order_lines; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.order_lines (order_id, placed_on, line_no, product, units) FROM stdin;
1	2025-11-06	1	110	1
2	2025-11-11	1	120	1
3	2025-11-16	1	130	1
4	2025-11-21	1	140	1
5	2025-11-26	1	150	1
6	2025-12-01	1	160	1
7	2025-12-06	1	170	1
8	2025-12-11	1	180	1
9	2025-12-16	1	190	1
10	2025-12-21	1	200	1
11	2025-12-26	1	210	1
12	2025-12-31	1	220	1
13	2026-01-05	1	230	1
14	2026-01-10	1	240	1
15	2026-01-15	1	250	1
16	2026-01-20	1	260	1
17	2026-01-25	1	270	1
18	2026-01-30	1	280	1
19	2026-02-04	1	290	1
20	2026-02-09	1	100	1
21	2026-02-14	1	110	1
22	2026-02-19	1	120	1
23	2026-02-24	1	130	1
24	2026-03-01	1	140	1
25	2026-03-06	1	150	1
26	2026-03-11	1	160	1
27	2026-03-16	1	170	1
28	2026-03-21	1	180	1
29	2026-03-26	1	190	1
30	2026-03-31	1	200	1
1	2025-11-06	2	110	2
2	2025-11-11	2	120	2
3	2025-11-16	2	130	2
4	2025-11-21	2	140	2
5	2025-11-26	2	150	2
6	2025-12-01	2	160	2
7	2025-12-06	2	170	2
8	2025-12-11	2	180	2
9	2025-12-16	2	190	2
10	2025-12-21	2	200	2
11	2025-12-26	2	210	2
12	2025-12-31	2	220	2
13	2026-01-05	2	230	2
14	2026-01-10	2	240	2
15	2026-01-15	2	250	2
16	2026-01-20	2	260	2
17	2026-01-25	2	270	2
18	2026-01-30	2	280	2
19	2026-02-04	2	290	2
20	2026-02-09	2	100	2
21	2026-02-14	2	110	2
22	2026-02-19	2	120	2
23	2026-02-24	2	130	2
24	2026-03-01	2	140	2
25	2026-03-06	2	150	2
26	2026-03-11	2	160	2
27	2026-03-16	2	170	2
28	2026-03-21	2	180	2
29	2026-03-26	2	190	2
30	2026-03-31	2	200	2
\.


--
-- Data for Name: orders_2025; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.orders_2025 (id, number, customer, status, placed_on, note) FROM stdin;
1	5000	2	paid	2025-11-06	\N
2	5001	3	paid	2025-11-11	\N
3	5002	4	paid	2025-11-16	two\nlines \\. 
4	5003	5	paid	2025-11-21	\N
5	5004	6	paid	2025-11-26	\N
6	5005	7	paid	2025-12-01	two\nlines \\. 
7	5006	8	paid	2025-12-06	\N
8	5007	9	paid	2025-12-11	\N
9	5008	10	paid	2025-12-16	two\nlines \\. 
10	5009	11	paid	2025-12-21	\N
11	5010	12	paid	2025-12-26	\N
12	5011	1	paid	2025-12-31	two\nlines \\. 
\.


--
-- Data for Name: orders_2026; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.orders_2026 (id, number, customer, status, placed_on, note) FROM stdin;
13	5012	2	paid	2026-01-05	\N
14	5013	3	paid	2026-01-10	\N
15	5014	4	paid	2026-01-15	two\nlines \\. 
16	5015	5	paid	2026-01-20	\N
17	5016	6	paid	2026-01-25	\N
18	5017	7	paid	2026-01-30	two\nlines \\. 
19	5018	8	paid	2026-02-04	\N
20	5019	9	paid	2026-02-09	\N
21	5020	10	paid	2026-02-14	two\nlines \\. 
22	5021	11	paid	2026-02-19	\N
23	5022	12	paid	2026-02-24	\N
24	5023	1	paid	2026-03-01	two\nlines \\. 
25	5024	2	paid	2026-03-06	\N
26	5025	3	paid	2026-03-11	\N
27	5026	4	paid	2026-03-16	two\nlines \\. 
28	5027	5	paid	2026-03-21	\N
29	5028	6	paid	2026-03-26	\N
30	5029	7	paid	2026-03-31	two\nlines \\. 
\.


--
-- Data for Name: orders_rest; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.orders_rest (id, number, customer, status, placed_on, note) FROM stdin;
\.


--
-- Data for Name: plain_notes; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.plain_notes (body, raw, "weird, ""name""") FROM stdin;
	\N	\N
\\.	\\x00ff	(1,2)
long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long 	\N	\N
\N	\\x	(3,4)
\.


--
-- Data for Name: products; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.products (id, sku, title, price, stock, version, parent) FROM stdin;
100	SKU-1	Title\twith\\tab 1	1.50	1	0	\N
110	SKU-2	Title\twith\\tab 2	3.00	2	0	\N
120	SKU-3	Title\twith\\tab 3	4.50	3	0	\N
130	SKU-4	Title\twith\\tab 4	6.00	4	0	\N
140	SKU-5	Title\twith\\tab 5	7.50	5	0	\N
150	SKU-6	Title\twith\\tab 6	9.00	6	0	\N
160	SKU-7	Title\twith\\tab 7	10.50	7	1	100
170	SKU-8	Title\twith\\tab 8	12.00	8	1	100
180	SKU-9	Title\twith\\tab 9	13.50	9	1	100
190	SKU-10	Title\twith\\tab 10	15.00	10	1	100
200	SKU-11	Title\twith\\tab 11	16.50	11	1	100
210	SKU-12	Title\twith\\tab 12	18.00	12	1	100
220	SKU-13	Title\twith\\tab 13	19.50	13	1	100
230	SKU-14	Title\twith\\tab 14	21.00	14	1	100
240	SKU-15	Title\twith\\tab 15	22.50	15	1	100
250	SKU-16	Title\twith\\tab 16	24.00	16	1	100
260	SKU-17	Title\twith\\tab 17	25.50	17	1	100
270	SKU-18	Title\twith\\tab 18	27.00	18	1	100
280	SKU-19	Title\twith\\tab 19	28.50	19	1	100
290	SKU-20	Title\twith\\tab 20	30.00	20	1	100
\.


--
-- Name: customers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.customers_id_seq', 12, true);


--
-- Name: order_numbers; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.order_numbers', 5039, true);


--
-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.orders_id_seq', 30, true);


--
-- Name: products_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.products_id_seq', 290, true);


--
-- Name: carts carts_pkey; Type: CONSTRAINT; Schema: public; Owner: shop_owner
--

ALTER TABLE ONLY public.carts
    ADD CONSTRAINT carts_pkey PRIMARY KEY (id);


--
-- Name: customers customers_email_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_email_key UNIQUE (email);


--
-- Name: customers customers_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);


--
-- Name: order_lines order_lines_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.order_lines
    ADD CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, line_no);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id, placed_on);


--
-- Name: orders_2025 orders_2025_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2025
    ADD CONSTRAINT orders_2025_pkey PRIMARY KEY (id, placed_on);


--
-- Name: orders_2026 orders_2026_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_2026
    ADD CONSTRAINT orders_2026_pkey PRIMARY KEY (id, placed_on);


--
-- Name: orders_rest orders_rest_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders_rest
    ADD CONSTRAINT orders_rest_pkey PRIMARY KEY (id, placed_on);


--
-- Name: products products_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id);


--
-- Name: products products_sku_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_sku_key UNIQUE (sku);


--
-- Name: customers_name_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX customers_name_idx ON public.customers USING gin (name public.gin_trgm_ops);


--
-- Name: orders_2025_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_2025_pkey;


--
-- Name: orders_2026_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_2026_pkey;


--
-- Name: orders_rest_pkey; Type: INDEX ATTACH; Schema: public; Owner: postgres
--

ALTER INDEX public.orders_pkey ATTACH PARTITION public.orders_rest_pkey;


--
-- Name: plain_notes notes_once; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE notes_once AS
    ON INSERT TO public.plain_notes
   WHERE (new.body = 'never'::text) DO INSTEAD NOTHING;


--
-- Name: products products_log; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER products_log AFTER INSERT OR DELETE OR UPDATE ON public.products FOR EACH ROW EXECUTE FUNCTION public.log_change();


--
-- Name: products products_touch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER products_touch BEFORE UPDATE ON public.products FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- Name: order_lines order_lines_order_id_placed_on_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.order_lines
    ADD CONSTRAINT order_lines_order_id_placed_on_fkey FOREIGN KEY (order_id, placed_on) REFERENCES public.orders(id, placed_on) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;


--
-- Name: order_lines order_lines_product_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.order_lines
    ADD CONSTRAINT order_lines_product_fkey FOREIGN KEY (product) REFERENCES public.products(id);


--
-- Name: orders orders_customer_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE public.orders
    ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES public.customers(id) ON DELETE CASCADE;


--
-- Name: products products_parent_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_parent_fkey FOREIGN KEY (parent) REFERENCES public.products(id);


--
-- Name: customers all_of_them; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY all_of_them ON public.customers USING (true);


--
-- Name: customers; Type: ROW SECURITY; Schema: public; Owner: postgres
--

ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;

--
-- Name: TABLE products; Type: ACL; Schema: public; Owner: postgres
--

GRANT SELECT ON TABLE public.products TO PUBLIC;
GRANT ALL ON TABLE public.products TO app_role;


--
-- Name: TABLE base_events; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.base_events TO app_role;


--
-- Name: TABLE carts; Type: ACL; Schema: public; Owner: shop_owner
--

GRANT ALL ON TABLE public.carts TO app_role;


--
-- Name: TABLE click_events; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.click_events TO app_role;


--
-- Name: TABLE customers; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.customers TO app_role;


--
-- Name: TABLE in_stock; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.in_stock TO app_role;


--
-- Name: TABLE order_lines; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.order_lines TO app_role;


--
-- Name: TABLE orders; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.orders TO app_role;


--
-- Name: TABLE orders_2025; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.orders_2025 TO app_role;


--
-- Name: TABLE orders_2026; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.orders_2026 TO app_role;


--
-- Name: TABLE orders_rest; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.orders_rest TO app_role;


--
-- Name: TABLE plain_notes; Type: ACL; Schema: public; Owner: postgres
--

GRANT ALL ON TABLE public.plain_notes TO app_role;


--
-- PostgreSQL database dump complete
--

\unrestrict I123YBwhHtGqmYgj8DOJzQE3gXLSfOcJGSWM5W1R2l1kEwrrUep0NV7YtJjFBZG

