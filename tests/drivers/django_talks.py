"""Django: its ORM in autocommit, in transactions and with locks."""

import django
from django.conf import settings
from django.db import models

from said import HOST, PASSWORD, PORT, USER, say, topic

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "HOST": HOST,
            "PORT": PORT,
            "USER": USER,
            "PASSWORD": PASSWORD,
        }
    },
    USE_TZ=True,
)
django.setup()


class Driven(models.Model):
    id = models.IntegerField(primary_key=True)
    v = models.IntegerField()

    class Meta:
        app_label = "driven"
        db_table = "driven"
        managed = False


def main():
    from django.db import IntegrityError, connection, transaction

    topic("rows")
    say(Driven.objects.filter(id=1).update(v=models.F("v") - 1))
    say(list(Driven.objects.order_by("id").values_list("id", "v")))
    Driven.objects.bulk_create([Driven(id=n, v=n) for n in range(20, 40)])
    topic("transactions")
    with transaction.atomic():
        one = Driven.objects.select_for_update().get(id=1)
        one.v = 0
        one.save()
        try:
            with transaction.atomic():
                Driven.objects.create(id=1, v=1)
        except IntegrityError as error:
            say("savepoint", str(error))
    topic("cursors")
    say([row.v for row in Driven.objects.order_by("id").iterator(chunk_size=2)])
    connection.close()


main()
