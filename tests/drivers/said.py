"""Where the server is, and what a program says of it."""

import os

HOST, PORT = os.environ["PGHOST"], int(os.environ["PGPORT"])
USER, PASSWORD = os.environ["PGUSER"], os.environ["PGPASSWORD"]


def say(*words):
    print(*words, flush=True)


def topic(name):
    """What is talked about from here on; these lines are counted."""
    say("topic", name)


def wrong_password(error_type, connect):
    topic("a wrong password")
    try:
        connect()
    except error_type as error:
        # The port is not the same each time.
        say("wrong password", "password authentication failed" in str(error))
