"""A shop that meets faults between itself and its database.

    retrying_shop.py blind|keyed|split|whole|stubborn

`blind` places the order again where its connection is lost, although the first one may have been
committed; `keyed` has a unique key for each submission. `split` takes a unit in one transaction and
places the order in the next one, `whole` does both in one; neither tries again. `stubborn` keeps its
only connection, also when it is lost. The file that ORDERED names, if any, is there after an order.
"""

import os
import sys
import threading

import psycopg
from flask import Flask, request

app = Flask(__name__)
FORM = sys.argv[1]
BLIND = "INSERT INTO orders (buyer) VALUES (%s)"
ONCE = "INSERT INTO orders (buyer, key) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING"
TAKE = "UPDATE products SET stock = stock - 1"


LOCK = threading.Lock()
KEPT = []


def connect():
    return psycopg.connect(os.environ["DATABASE_URL"])


def place_stubbornly(buyer):
    with LOCK:
        if not KEPT:
            KEPT.append(connect())
        KEPT[0].execute(BLIND, (buyer,))
        KEPT[0].commit()


def place(buyer, key):
    if FORM == "stubborn":
        return place_stubbornly(buyer)
    with connect() as session:
        if FORM == "keyed":
            session.execute(ONCE, (buyer, key))
            return
        if FORM in ("split", "whole"):
            session.execute(TAKE)
        if FORM == "split":
            session.commit()
        session.execute(BLIND, (buyer,))


@app.get("/")
def ready():
    return ""


@app.post("/orders")
def order():
    asked = request.get_json()
    for _ in range(3 if FORM in ("blind", "keyed") else 1):
        try:
            place(asked["buyer"], asked["key"])
            if "ORDERED" in os.environ:
                open(os.environ["ORDERED"], "a").close()
            return {}, 201
        except psycopg.OperationalError:
            continue
    return {}, 503


app.run(port=int(os.environ["PORT"]), threaded=True)
