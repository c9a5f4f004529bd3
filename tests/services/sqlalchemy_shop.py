"""The same shop with Flask and SQLAlchemy, and its pool of connections.

    sqlalchemy_shop.py naive|locked|version|expired|pool-of-one
"""

import os
import sys

from flask import Flask
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

FORM = sys.argv[1]
URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg://", 1)
POOL = {"pool_size": 1, "max_overflow": 0} if FORM == "pool-of-one" else {}
engine = create_engine(URL, **POOL)
app = Flask(__name__)


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    stock: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    # An UPDATE of another version than was read takes no row, which is an error.
    __mapper_args__ = {"version_id_col": version} if FORM == "version" else {}


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    product: Mapped[int] = mapped_column(ForeignKey("products.id"))


@app.get("/")
def ready():
    return ""


@app.post("/checkout")
def checkout():
    # As SQLAlchemy has it, what is read of an object after COMMIT is selected anew.
    with Session(engine, expire_on_commit=FORM == "expired") as session:
        look = select(Product).where(Product.id == 1)
        if FORM == "locked":
            look = look.with_for_update()
        product = session.scalars(look).one()
        if product.stock == 0:
            return {"error": "sold out"}, 409
        product.stock = product.stock - 1
        order = Order(product=1)
        session.add(order)
        try:
            session.commit()
        except StaleDataError:
            return {"error": "changed meanwhile"}, 409
        return {"order": order.id}, 201


app.run(port=int(os.environ["PORT"]), threaded=True)
