"""A shop as many write it, with Flask and psycopg: it knows nothing of `sim`.

    flask_shop.py naive|locked
"""

import os
import sys

import psycopg
from flask import Flask

app = Flask(__name__)
LOCK = " FOR UPDATE" if sys.argv[1] == "locked" else ""


@app.get("/")
def ready():
    return ""


@app.post("/checkout")
def checkout():
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        look = "SELECT stock FROM products WHERE id = 1" + LOCK
        (stock,) = session.execute(look).fetchone()
        if stock == 0:
            return "", 409
        session.execute(
            "WITH taken AS (UPDATE products SET stock = %s WHERE id = 1) "
            "INSERT INTO orders (product) VALUES (1)",
            (stock - 1,),
        )
    return "", 201


app.run(port=int(os.environ["PORT"]), threaded=True)
