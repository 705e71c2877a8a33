# python3-stomp of Debian (stomp.py 8), STOMP 1.2 on TCP.
import queue
import sys
import time

import stomp

host, _, tcp_port, login, passcode = sys.argv[1:6]
TEXT = "안녕 👋 a:b\\c\nd"
LARGE = "ㄱ" * 500_000


class Inbox(stomp.ConnectionListener):
    def __init__(self):
        self.messages = {"topic": queue.Queue(), "queue": queue.Queue()}
        self.receipts = queue.Queue()

    def on_message(self, frame):
        self.messages[frame.headers["subscription"]].put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        print("ERROR", frame.headers, frame.body, file=sys.stderr)

    def on_heartbeat_timeout(self):
        print("no heart-beat", file=sys.stderr)

    def next(self, subscription):
        return self.messages[subscription].get(timeout=20)

    def receipt(self, expected):
        same(self.receipts.get(timeout=20), expected)


def same(actual, expected):
    assert actual == expected, f"{expected!r:.200} was expected, {actual!r:.200} came"


def ok(step):
    print("ok", step, flush=True)


# As octets, so that a body may be anything.
client = stomp.Connection12([(host, int(tcp_port))], heartbeats=(1000, 1000), auto_decode=False, reconnect_attempts_max=1)
inbox = Inbox()
client.set_listener("inbox", inbox)
client.connect(login, passcode, wait=True)
ok("connect")

client.subscribe("/topic/py", id="topic", headers={"receipt": "subscribed"})
inbox.receipt("subscribed")
ok("subscribe")

client.send("/topic/py", TEXT, headers={"receipt": "sent", "x-header": TEXT})
inbox.receipt("sent")
message = inbox.next("topic")
same(message.body.decode(), TEXT)
same(message.headers["x-header"], TEXT)
ok("send with receipt")

client.subscribe("/queue/py", id="queue", ack="client-individual")
client.send("/queue/py", "ack")
client.ack(inbox.next("queue").headers["ack"], receipt="acked")
inbox.receipt("acked")
ok("ack")

client.send("/queue/py", "nack")
client.nack(inbox.next("queue").headers["ack"], receipt="nacked")
inbox.receipt("nacked")
again = inbox.next("queue")
same(again.body, b"nack")
client.ack(again.headers["ack"], receipt="acked again")
inbox.receipt("acked again")
ok("nack")

undone = client.begin()
client.send("/topic/py", "never", transaction=undone)
client.abort(undone)
done = client.begin()
client.send("/topic/py", "together", transaction=done)
client.commit(done)
same(inbox.next("topic").body, b"together")
ok("transaction")

client.send("/topic/py", bytes(range(256)))
same(inbox.next("topic").body, bytes(range(256)))
ok("binary body")

client.send("/topic/py", LARGE)
same(inbox.next("topic").body.decode(), LARGE)
ok("large body")

time.sleep(3.5)  # more than three intervals of the heart-beats
client.send("/topic/py", "alive")
same(inbox.next("topic").body, b"alive")
ok("heart-beat")

client.disconnect(receipt="bye")
inbox.receipt("bye")
ok("disconnect")
