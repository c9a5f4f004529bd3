"""A shop that tries again when its connection to the database is lost.

    retrying_shop.py blind|keyed

`blind` places the order again, although the first one may have been committed; `keyed` has a unique
key for each submission.
"""

import os
import sys

import psycopg
from flask import Flask, request

app = Flask(__name__)
KEYED = sys.argv[1] == "keyed"
BLIND = "INSERT INTO orders (buyer) VALUES (%s)"
ONCE = "INSERT INTO orders (buyer, key) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING"


@app.get("/")
def ready():
    return ""


@app.post("/orders")
def order():
    asked = request.get_json()
    values = (asked["buyer"], asked["key"]) if KEYED else (asked["buyer"],)
    for _ in range(3):
        try:
            with psycopg.connect(os.environ["DATABASE_URL"]) as session:
                session.execute(ONCE if KEYED else BLIND, values)
            return {}, 201
        except psycopg.OperationalError:
            continue
    return {}, 503


app.run(port=int(os.environ["PORT"]), threaded=True)
