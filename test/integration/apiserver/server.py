"""Plain requests to the API server that a kubeconfig names: nothing sent but what a case says."""
import base64, http.client, json, ssl, tempfile, time, urllib.parse

import yaml


class Server:
    def __init__(self, kubeconfig):
        with open(kubeconfig) as f:
            config = yaml.safe_load(f)
        by_name = lambda kind, name: next(e for e in config[kind + "s"] if e["name"] == name)[kind]
        context = by_name("context", config["current-context"])
        cluster, user = by_name("cluster", context["cluster"]), by_name("user", context["user"])
        self.url = urllib.parse.urlsplit(cluster["server"])
        self.token, self.tls = user.get("token"), None
        if self.url.scheme == "https":
            self.tls = self.tls_context(cluster, user)

    @staticmethod
    def tls_context(cluster, user):
        context = ssl.create_default_context()
        if cluster.get("insecure-skip-tls-verify"):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        elif "certificate-authority-data" in cluster:
            context.load_verify_locations(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        elif "certificate-authority" in cluster:
            context.load_verify_locations(cluster["certificate-authority"])
        files = []
        for member in ("client-certificate", "client-key"):
            if member + "-data" in user:
                with tempfile.NamedTemporaryFile(delete=False) as f:
                    f.write(base64.b64decode(user[member + "-data"]))
                files.append(f.name)
            elif member in user:
                files.append(user[member])
        if len(files) == 2:
            context.load_cert_chain(*files)
        return context

    def send(self, method, target, headers=None, body=None):
        """(status, [(header, value)], bytes). A header of value None is not sent."""
        make = http.client.HTTPSConnection if self.tls else http.client.HTTPConnection
        extra = {"context": self.tls} if self.tls else {}
        connection = make(self.url.hostname, self.url.port or (443 if self.tls else 80), timeout=40, **extra)
        fields = {"User-Agent": "recorder/1.0", "Accept": "application/json"}
        if self.token:
            fields["Authorization"] = "Bearer " + self.token
        if body is not None:
            fields["Content-Type"] = "application/json"
        fields.update(headers or {})
        try:
            connection.putrequest(method, self.url.path.rstrip("/") + target, skip_accept_encoding=True)
            for name, value in fields.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body or b"")))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()


def install(api, path):
    """Creates the definitions of a file and waits until they are served, discovered and published."""
    with open(path) as f:
        definitions = list(yaml.safe_load_all(f))
    for definition in definitions:
        status, _, answer = api.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body=json.dumps(definition).encode())
        if status not in (201, 409):
            raise SystemExit("definition refused: %s %s" % (status, answer))
    deadline = time.monotonic() + 30
    for definition in definitions:
        group = definition["spec"]["group"]
        for path in ("/apis/%s/v1/%s" % (group, definition["spec"]["names"]["plural"]), "/openapi/v3/apis/%s/v1" % group):
            while api.send("GET", path)[0] != 200:
                if time.monotonic() > deadline:
                    raise SystemExit("%s is not served" % path)
                time.sleep(0.2)
