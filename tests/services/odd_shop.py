"""A shop whose answers go wrong in every way that a caller must bear.

    odd_shop.py fine|odd|hangs|slow|dies

A buyer sends POST /buy/NUMBER. Its order is committed before the answer is sent, but where the
answer says that there is none.
"""

import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

MODE = sys.argv[1]
ORDERS = []


def order(buyer):
    with psycopg.connect(os.environ["DATABASE_URL"]) as session:
        session.execute("INSERT INTO orders (buyer) VALUES (%s)", (buyer,))
    ORDERS.append(buyer)
    open("ordered", "w").close()


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, status, body=b'{"ok": true}', **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.say(200)

    def do_POST(self):
        buyer = int(self.path.rsplit("/", 1)[1])
        if MODE == "odd" and buyer <= 7:
            getattr(self, f"odd_{buyer}")(buyer)
        elif MODE == "hangs" and buyer == 1:
            order(buyer)
            time.sleep(600)
        elif MODE == "hangs" and buyer == 2:
            time.sleep(600)
        elif MODE == "dies" and len(ORDERS) >= 5:
            print("out of luck, password=hush", flush=True)
            os._exit(7)
        else:
            if MODE == "slow":
                time.sleep(0.3)
            order(buyer)
            self.say(201)

    def odd_1(self, buyer):
        self.say(500, b"<html>\noh </html>")

    def odd_2(self, buyer):
        self.say(201, b"no JSON")

    def odd_3(self, buyer):
        self.say(302, b"", Location="http://192.0.2.1/")

    def odd_4(self, buyer):
        order(buyer)
        self.send_response(201)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b'5\r\n{"ok"\r\n7\r\n: true}\r\n0\r\n\r\n')

    def odd_5(self, buyer):
        order(buyer)
        self.say(201, b" " * (5 << 20))

    def odd_6(self, buyer):
        order(buyer)
        self.send_response(201)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b'{"ok": ')
        self.close_connection = True

    def odd_7(self, buyer):
        order(buyer)
        # Kept open by what it says, and closed: in one packet, or the next request could be on
        # its way when the connection ends, and what became of it could not be told.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        self.say(201)
        self.connection.shutdown(socket.SHUT_WR)
        self.close_connection = True


threading.stack_size(256 << 10)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
