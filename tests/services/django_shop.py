"""The same shop with Django, its ORM and psycopg: one connection for each request, as Django has it.

    django_shop.py naive|locked|guarded|autocommit|requests|requests-locked|bound|zone
"""

import os
import sys

from django.conf import settings

FORM = sys.argv[1]

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
            "USER": os.environ["PGUSER"],
            "PASSWORD": os.environ["PGPASSWORD"],
            # A transaction around the view, which Django opens.
            "ATOMIC_REQUESTS": FORM.startswith("requests"),
            "OPTIONS": {
                # Values beside the statement, where Django otherwise writes them into it.
                "server_side_binding": FORM == "bound",
                # What Django sets with a statement on each new connection otherwise.
                "options": "" if FORM == "zone" else "-c TimeZone=UTC",
            },
        }
    },
    ROOT_URLCONF=__name__,
    USE_TZ=True,
)

import django

django.setup()

from contextlib import nullcontext

from django.core.handlers.wsgi import WSGIHandler
from django.db import models, transaction
from django.http import HttpResponse, JsonResponse
from django.urls import path
from werkzeug.serving import run_simple


class Product(models.Model):
    id = models.IntegerField(primary_key=True)
    stock = models.IntegerField()

    class Meta:
        app_label = "shop"
        db_table = "products"
        managed = False


class Order(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, db_column="product")

    class Meta:
        app_label = "shop"
        db_table = "orders"
        managed = False


def ready(request):
    return HttpResponse()


def take():
    """Whether there was a unit."""
    if FORM == "guarded":
        left = Product.objects.filter(id=1, stock__gte=1)
        return left.update(stock=models.F("stock") - 1) == 1
    products = Product.objects.all()
    if FORM.endswith("locked"):
        products = products.select_for_update()
    product = products.get(id=1)
    if product.stock == 0:
        return False
    product.stock -= 1
    product.save()
    return True


def checkout(request):
    is_bare = FORM == "autocommit" or FORM.startswith("requests")
    with nullcontext() if is_bare else transaction.atomic():
        if not take():
            return JsonResponse({"error": "sold out"}, status=409)
        order = Order.objects.create(product_id=1)
    return JsonResponse({"order": order.id}, status=201)


urlpatterns = [path("", ready), path("checkout", checkout)]
run_simple("127.0.0.1", int(os.environ["PORT"]), WSGIHandler(), threaded=True)
