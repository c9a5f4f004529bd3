"""A shop as many write it, with Flask and psycopg: it knows nothing of `sim`.

    flask_shop.py naive|locked|prepared|autocommit|once
"""

import os
import sys

import psycopg
from flask import Flask, request

app = Flask(__name__)
FORM = sys.argv[1]
LOCK = " FOR UPDATE" if FORM == "locked" else ""
# Statements are prepared where they come the first time, or not before the fifth.
CONNECT = {"prepare_threshold": 0 if FORM == "prepared" else 5, "autocommit": FORM == "autocommit"}

# One statement, outside a transaction, and no unique key.
ONCE = """
INSERT INTO orders (product) SELECT 1
WHERE NOT EXISTS (SELECT 1 FROM orders WHERE product = 1)
RETURNING id
"""


@app.get("/")
def ready():
    return ""


@app.post("/checkout")
def checkout():
    if FORM == "once":
        return once()
    with psycopg.connect(os.environ["DATABASE_URL"], **CONNECT) as session:
        look = "SELECT stock FROM products WHERE id = 1" + LOCK
        (stock,) = session.execute(look).fetchone()
        if stock == 0:
            return {"error": "sold out"}, 409
        take = "UPDATE products SET stock = %s WHERE id = 1"
        session.execute(take, (stock - 1,))
        order = "INSERT INTO orders (product) VALUES (1) RETURNING id"
        (order,) = session.execute(order).fetchone()
    return {"order": order}, 201


def once():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        order = session.execute(ONCE).fetchone()
    if order is None:
        return {"error": "sold out"}, 409
    return {"order": order[0]}, 201


@app.post("/cancel")
def cancel():
    """Puts the stock back; what it looks at may be gone by then."""
    order = request.get_json()["order"]
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        look = "SELECT stock FROM products WHERE id = 1" + LOCK
        (stock,) = session.execute(look).fetchone()
        drop = "DELETE FROM orders WHERE id = %s"
        if session.execute(drop, (order,)).rowcount == 0:
            return {"error": "no such order"}, 409
        give = "UPDATE products SET stock = %s WHERE id = 1"
        session.execute(give, (stock + 1,))
    return {"order": order}, 200


app.run(port=int(os.environ["PORT"]), threaded=True)
