"""The same shop with Flask and SQLAlchemy, and its pool of connections.

    sqlalchemy_shop.py naive|locked
"""

import os
import sys

from flask import Flask
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

LOCKS = sys.argv[1] == "locked"
URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg://", 1)
engine = create_engine(URL)
app = Flask(__name__)


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock: Mapped[int]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[int] = mapped_column(ForeignKey("products.id"))


@app.get("/")
def ready():
    return ""


@app.post("/checkout")
def checkout():
    with Session(engine) as session:
        look = select(Product).where(Product.id == 1)
        if LOCKS:
            look = look.with_for_update()
        product = session.scalars(look).one()
        if product.stock == 0:
            return {"error": "sold out"}, 409
        product.stock = product.stock - 1
        order = Order(product=1)
        session.add(order)
        session.commit()
        return {"order": order.id}, 201


app.run(port=int(os.environ["PORT"]), threaded=True)
