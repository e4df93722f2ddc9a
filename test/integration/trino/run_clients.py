#!/usr/bin/env python3
"""Stock Trino clients against any server that speaks Trino's protocol: the stand-in, a gateway before it, a real Trino.

  run_clients.py --url http://127.0.0.1:8080
  run_clients.py --url URL --header 'X-Trino-XTrinode: ns/name'     a header added to every request
  run_clients.py --url URL --clients curl,python --only 'types,err*'

Clients: curl, Python `trino` from PyPI, JavaScript `trino-client` from npm, the Java command line client from Maven Central; each is
installed, pinned, into $XTRINODE_CACHE at first use. What a machine cannot provide is named as not run. scenarios.json says what they do.
The last line is `N passed, N failed, N skipped`; exit status 1 when something failed.
"""
import argparse
import fnmatch
import http.client
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import harness  # noqa: E402

JS_CLIENT = "trino-client@0.2.9"
CLI_VERSION = "476"
CLIENTS = os.path.join(HERE, "clients")


class HeaderForwarder:
    """Passes requests on with headers added. `Host` stays as the client sent it, so that nextUri leads back here."""

    def __init__(self, url, headers):
        target = urllib.parse.urlsplit(url)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                upstream = http.client.HTTPConnection(target.hostname, target.port, timeout=90)
                try:
                    upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in [*self.headers.items(), *headers]:
                        upstream.putheader(name, value)
                    upstream.endheaders(body)
                    answer = upstream.getresponse()
                    content = answer.read()
                finally:
                    upstream.close()
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = do_HEAD = do_PUT = pass_on

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def needed(program, package):
    path = shutil.which(program)
    if not path:
        raise harness.NotAvailable("there is no %s on this machine (%s)" % (program, package))
    return path


def curl_client():
    needed("curl", "package curl")
    return [sys.executable, os.path.join(CLIENTS, "curl_client.py")], {}


def python_client():
    return [harness.venv_python(), os.path.join(CLIENTS, "python_client.py")], {}


def javascript_client():
    node = needed("node", "package nodejs")
    npm = needed("npm", "package npm")
    home = os.path.join(harness.CACHE, JS_CLIENT.replace("@", "-"))
    if not os.path.isdir(os.path.join(home, "node_modules", "trino-client")):
        os.makedirs(home, exist_ok=True)
        with open(os.path.join(home, "package.json"), "w") as f:
            f.write('{"name": "scenarios", "private": true}')
        done = subprocess.run([npm, "install", "--no-audit", "--no-fund", JS_CLIENT], cwd=home, capture_output=True, text=True)
        if done.returncode:
            raise harness.NotAvailable("npm did not give %s: %s" % (JS_CLIENT, done.stderr.strip()[-300:]))
    return [node, os.path.join(CLIENTS, "javascript_client.mjs")], {"TRINO_CLIENT_DIR": home}


def command_line_client():
    java = needed("java", "any package with a Java 11 or newer")
    maven = needed("mvn", "package maven")
    jar = os.path.join(harness.CACHE, "trino-cli", "trino-cli-%s-executable.jar" % CLI_VERSION)
    if not os.path.exists(jar):
        done = subprocess.run([maven, "-q", "-B", "dependency:copy", "-Dartifact=io.trino:trino-cli:%s:jar:executable" % CLI_VERSION,
                               "-DoutputDirectory=" + os.path.dirname(jar)], capture_output=True, text=True)
        if done.returncode or not os.path.exists(jar):
            raise harness.NotAvailable("Maven Central did not give trino-cli %s: %s" % (CLI_VERSION, (done.stdout + done.stderr).strip()[-300:]))
    return [sys.executable, os.path.join(CLIENTS, "cli_client.py")], {"TRINO_CLI": jar, "TRINO_JAVA": java}


PREPARE = {"curl": curl_client, "python": python_client, "javascript": javascript_client, "cli": command_line_client}


def catalogs(url, headers):
    """Names of the server's catalogs, by the bare protocol."""
    sent = dict([h for h in headers], **{"X-Trino-User": "scenario"})
    status, _, body = harness.http("POST", url + "/v1/statement", "SHOW CATALOGS", sent)
    names = []
    while status == 200:
        page = json.loads(body)
        names += [row[0] for row in page.get("data") or []]
        if "error" in page:
            raise harness.Error("SHOW CATALOGS: " + page["error"]["message"])
        if "nextUri" not in page:
            return names
        status, _, body = harness.http("GET", page["nextUri"], headers=sent)
    raise harness.Error("%s answered %d: %s" % (url, status, body[:200]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--clients", default=",".join(PREPARE))
    parser.add_argument("--only", default="*", help="shell patterns of scenario names, with commas between them")
    parser.add_argument("--timeout", type=int, default=300, help="seconds that one client may take for all of its scenarios")
    args = parser.parse_args()
    url = args.url.rstrip("/")
    headers = [tuple(part.strip() for part in header.split(":", 1)) for header in args.header]
    with open(os.path.join(HERE, "scenarios.json")) as f:
        known = json.load(f)
    offered = catalogs(url, headers)
    scenarios, not_offered = {}, {}
    for name, scenario in known["scenarios"].items():
        if not any(fnmatch.fnmatch(name, pattern) for pattern in args.only.split(",")):
            continue
        if scenario.get("needs") and scenario["needs"] not in offered:
            not_offered[name] = "the server has no catalog %s" % scenario["needs"]
            continue
        scenarios[name] = dict(scenario, endless=known["endless"]["tpch" if "tpch" in offered else ""])
    passed, failed, skipped = 0, [], []
    for client in args.clients.split(","):
        skipped += ["%s/%s: %s" % (client, name, why) for name, why in not_offered.items()]
        try:
            command, environment = PREPARE[client]()
        except harness.NotAvailable as why:
            skipped += ["%s/%s: %s" % (client, name, why) for name in scenarios]
            continue
        forwarder = HeaderForwarder(url, headers) if client == "cli" else None
        target = [forwarder.url] if forwarder else [url, *args.header]
        try:
            done = subprocess.run([*command, *target], input=json.dumps(scenarios), env=dict(os.environ, **environment), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=args.timeout)
            output, words = done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            output, words = (late.stdout or b"").decode(), "no end after %d s" % args.timeout
        finally:
            if forwarder:
                forwarder.stop()
        verdicts = {}
        for line in output.splitlines():
            if line.startswith("{"):
                result = json.loads(line)
                verdicts[result["name"]] = result
        for name in scenarios:
            result = verdicts.get(name, {"verdict": "failed", "detail": "no verdict: " + words.strip()[-300:]})
            label = "%s/%s" % (client, name)
            print("%-8s %s%s" % (result["verdict"], label, ": " + result["detail"] if result["detail"] else ""), flush=True)
            if result["verdict"] == "passed":
                passed += 1
            elif result["verdict"] == "skipped":
                skipped.append("%s: %s" % (label, result["detail"]))
            else:
                failed.append(label)
    for line in skipped:
        print("not run %s" % line)
    print("%d passed, %d failed, %d skipped" % (passed, len(failed), len(skipped)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
