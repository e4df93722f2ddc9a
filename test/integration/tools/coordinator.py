"""A coordinator to be killed: speaks as much of the statement protocol as a gateway must route.  coordinator.py SUFFIX [PORT]

Prints its port. Every statement is answered after 0.1 s, so that some are always on their way, and has one more page, which is its last; it forgets everything when it ends.
"""
import http.server, itertools, json, socketserver, sys, time

SUFFIX = sys.argv[1]
NUMBER, KNOWN = itertools.count(1), set()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def page(self, query, state, next_uri):
        page = {"id": query, "infoUri": "http://%s/ui/query.html?%s" % (self.headers["Host"], query)}
        if next_uri:
            page["nextUri"] = next_uri
        page["stats"] = {"state": state}
        self.answer(200, page)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(0.1)
        query = "20261126_120000_%05d_%s" % (next(NUMBER) % 100000, SUFFIX)
        KNOWN.add(query)
        self.page(query, "QUEUED", "http://%s/v1/statement/executing/%s/slug/0" % (self.headers.get("X-Forwarded-Host", self.headers["Host"]), query))

    def do_GET(self):
        if self.path == "/v1/info":
            return self.answer(200, {"coordinatorId": SUFFIX, "nodeVersion": {"version": "483"}, "starting": False})
        query = next((part for part in self.path.split("/") if part in KNOWN), None)
        if query is None:
            return self.answer(404, {"error": "Query not found"})
        self.page(query, "FINISHED", None)

    do_HEAD = do_DELETE = do_GET


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads, request_queue_size = True, 128


server = Server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
