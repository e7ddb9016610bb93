"""Sockets, selectors and servers."""
import select, selectors, socket, socketserver, struct, threading, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

left, right = socket.socketpair()
left.sendmsg([b"in ", b"parts"])
print(right.recvmsg(100)[0], select.select([left], [left], [], 0)[0])
socket.send_fds(left, [b"a descriptor"], [0])
message, descriptors, _, _ = socket.recv_fds(right, 100, 1)
print(message, len(descriptors))
left.close()
print(right.recv(1))

with socket.socket(socket.AF_UNIX) as server:
    server.bind("socket")
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect("socket")
    accepted, _ = server.accept()
    client.sendall(b"over a name")
    client.shutdown(socket.SHUT_WR)
    print(accepted.makefile().read())


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for text in (b"one\ntwo\n", b"x" * 100_000 + b"\n"):
        with socket.create_connection(server.server_address) as client:
            client.sendall(text)
            client.shutdown(socket.SHUT_WR)
            answer = client.makefile("rb").read()
            print(len(answer), answer[:8])
    server.shutdown()


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


with HTTPServer(("127.0.0.1", 0), Page) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for path in ("/", "/a/page?x=1"):
        with opener.open(address + path) as answer:
            print(answer.status, answer.read())
    server.shutdown()

with selectors.EpollSelector() as selector:
    datagrams = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for datagram in datagrams:
        datagram.bind(("127.0.0.1", 0))
        selector.register(datagram, selectors.EVENT_READ)
    datagrams[0].sendto(b"to the third", datagrams[2].getsockname())
    for key, _ in selector.select(5):
        print(datagrams.index(key.fileobj), key.fileobj.recv(100))
listening = socket.create_server(("127.0.0.1", 0))
listening.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
print(struct.unpack("ii", listening.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)))
print(socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4])
listening.close()
try:
    socket.create_connection(("127.0.0.1", 1))
except ConnectionRefusedError as error:
    print(error.strerror)
