"""A shop with one fault, which looks at the stock before it takes a unit.

    faulty_shop.py MODE

`fine` has none. The others are told in `Fault`, each by its name. Each request leaves one dot in
the file `asked`.
"""

import os
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

MODE = sys.argv[1]
URL = os.environ["DATABASE_URL"]
KEPT = []
LOCK = threading.Lock()
COUNT = 0


def connect(**options):
    return psycopg.connect(URL, **options)


def alone(statement, *values):
    """On a connection of its own."""
    with connect() as session:
        answer = session.execute(statement, values)
        return answer.fetchone() if answer.description else None


@contextmanager
def pooled():
    """A connection of a pool, outside a transaction."""
    session = KEPT.pop() if KEPT else connect(autocommit=True)
    try:
        yield session
    finally:
        KEPT.append(session)


LOOK = "SELECT stock FROM products WHERE id = 1"
TAKE = "UPDATE products SET stock = %s WHERE id = 1"
LATER = "SELECT count(*) FROM products"
ORDER = "INSERT INTO orders (product) VALUES (1) RETURNING id"


def checkout(session, between=lambda: None):
    (stock,) = session.execute(LOOK).fetchone()
    if stock == 0:
        return None
    between()
    session.execute(TAKE, (stock - 1,))
    return session.execute(ORDER).fetchone()[0]


class Fault:
    def __init__(self):
        self.afterwards = []

    def fine(self):
        with connect() as session:
            return checkout(session)

    def dies(self):
        """Once requests have met a few times."""
        def die():
            if COUNT > 40:
                print("out of luck, password=hush", flush=True)
                os._exit(7)

        with connect() as session:
            return checkout(session, die)

    def dies_at_once(self):
        os._exit(7)

    def hangs(self):
        if COUNT > 40:
            time.sleep(3600)
        return self.fine()

    def hangs_at_once(self):
        time.sleep(3600)

    def hangs_in_a_transaction(self):
        def hang():
            if COUNT > 40:
                time.sleep(3600)

        with connect() as session:
            return checkout(session, hang)

    def spins(self):
        while COUNT > 40:
            pass
        return self.fine()

    def leaks(self):
        KEPT.append(connect(autocommit=True))
        with KEPT[-1].transaction():
            return checkout(KEPT[-1])

    def floods(self):
        while True:
            KEPT.append(connect(autocommit=True))

    def tls(self):
        with connect(sslmode="require") as session:
            return checkout(session)

    def tls_preferred(self):
        with connect(sslmode="prefer") as session:
            return checkout(session)

    def reconnects(self):
        (stock,) = alone(LOOK)
        if stock == 0:
            return None
        alone(TAKE, stock - 1)
        return alone(ORDER)[0]

    def one_at_a_time(self):
        """No fault: by a lock in its memory."""
        with LOCK:
            return self.fine()

    def takes_turns(self):
        """The same, with the lock given up and taken again in the middle."""
        with LOCK, pooled() as session:
            (stock,) = session.execute(LOOK).fetchone()
        if stock == 0:
            return None
        with LOCK, pooled() as session, session.transaction():
            session.execute(TAKE, (stock - 1,))
            return session.execute(ORDER).fetchone()[0]

    def tells_where(self):
        """No fault: each statement says where it comes from, and two of which request they are."""
        with connect(application_name='shop/orders.py:52') as session:
            told = f" /*file='shop%2Fcart.py',line='31',traceparent='{os.urandom(8).hex()}'*/"
            (stock,) = session.execute(LOOK + told).fetchone()
            if stock == 0:
                return None
            session.execute(TAKE + told.replace('%', '%%'), (stock - 1,))
            return session.execute(ORDER).fetchone()[0]

    def sleeps(self):
        with connect() as session:
            return checkout(session, lambda: time.sleep(0.05))

    def tries_again(self):
        """Sleeps after a failure, as most loops do that try again."""
        for _ in range(5):
            try:
                with connect() as session:
                    session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    return checkout(session)
            except psycopg.errors.SerializationFailure:
                time.sleep(0.02)
        raise RuntimeError("no luck")

    def goes_on(self):
        """With its request after the answer."""
        order = self.fine()

        def later():
            time.sleep(0.05)
            alone("UPDATE products SET stock = stock WHERE id = 2")

        threading.Thread(target=later).start()
        return order

    def counts_later(self):
        """Counts the products after its answer, and makes one where there is none."""
        order = self.locked()
        threading.Thread(target=count_products).start()
        return order

    def counts_afterwards(self):
        """The same, and begins when the answer has gone."""
        order = self.locked()
        self.afterwards.append(count_products)
        return order

    def locked(self):
        with connect() as session:
            session.execute(LOOK + " FOR UPDATE")
            return checkout(session)


def count_products():
    with connect(autocommit=True) as session:
        for _ in range(5):
            (count,) = session.execute(LATER).fetchone()
            if count == 0:
                session.execute("INSERT INTO products VALUES (3, 1)")
        session.execute("UPDATE products SET version = version + 1 WHERE id = 2")


def tick(seconds):
    with connect(autocommit=True) as session:
        while True:
            session.execute("SELECT 'tick'")
            time.sleep(seconds)


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.say(200, b"")

    def do_POST(self):
        global COUNT
        COUNT += 1
        with open("asked", "a") as asked:
            asked.write(".")
        try:
            fault = Fault()
            order = getattr(fault, MODE, fault.fine)()
        except psycopg.Error as error:
            print(error, flush=True)
            self.say(500, b'{"error": "database"}')
            return
        if order is None:
            self.say(409, b'{"error": "sold out"}')
        else:
            self.say(201, b'{"order": %d}' % order)
        for later in fault.afterwards:
            later()


threading.stack_size(256 << 10)
TICKS = {"ticks": 0.02, "ticks_slowly": 1.0}
if MODE in TICKS:
    threading.Thread(target=tick, args=(TICKS[MODE],), daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
