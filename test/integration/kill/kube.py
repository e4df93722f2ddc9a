"""As much of a Kubernetes client as the soak's load and witnesses need: JSON over one connection per thread."""
import http.client, json, re, threading, time

GROUP = "/apis/analytics.xtrinode.io/v1"
PATHS = {
    "XTrinode": GROUP + "%s/xtrinodes",
    "Deployment": "/apis/apps/v1%s/deployments",
    "Service": "/api/v1%s/services",
    "ServiceAccount": "/api/v1%s/serviceaccounts",
    "ConfigMap": "/api/v1%s/configmaps",
    "Pod": "/api/v1%s/pods",
    "Event": "/api/v1%s/events",
}


class Kube:
    def __init__(self, kubeconfig):
        with open(kubeconfig) as f:
            text = f.read()
        self.host, port = re.search(r"server: http://(?:[^@\s]*@)?([^:\s]+):(\d+)", text).groups()
        self.port = int(port)
        self.headers = {"Authorization": "Bearer " + re.search(r"token: (\S+)", text).group(1), "Content-Type": "application/json"}
        self.local = threading.local()

    def connection(self, timeout=20):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def call(self, method, path, body=None, content_type="application/json"):
        """(status, object) of one request; one that the server has no time for is sent again."""
        for _ in range(100):
            status, answer = self.call_once(method, path, body, content_type)
            if status != 429:
                break
            time.sleep(0.05)
        return status, answer

    def call_once(self, method, path, body, content_type):
        for attempt in (1, 2):
            connection = getattr(self.local, "connection", None) or self.connection()
            self.local.connection = connection
            try:
                connection.request(method, path, None if body is None else json.dumps(body), dict(self.headers, **{"Content-Type": content_type}))
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read() or b"{}")
            except (OSError, http.client.HTTPException):
                connection.close()
                self.local.connection = None
                if attempt == 2:
                    raise

    @staticmethod
    def path(kind, ns=None, name=None):
        return PATHS[kind] % ("/namespaces/" + ns if ns else "") + ("/" + name if name else "")

    def list(self, kind, ns=None):
        status, body = self.call("GET", self.path(kind, ns))
        if status != 200:
            raise OSError("list of %s: %d %s" % (kind, status, body))
        return body

    def get(self, kind, ns, name):
        status, body = self.call("GET", self.path(kind, ns, name))
        return body if status == 200 else None

    def create(self, kind, ns, body):
        return self.call("POST", self.path(kind, ns), body)[0]

    def patch(self, kind, ns, name, body):
        return self.call("PATCH", self.path(kind, ns, name), body, "application/merge-patch+json")[0]

    def delete(self, kind, ns, name):
        return self.call("DELETE", self.path(kind, ns, name))[0]

    def watch(self, kind, each, stop, listed=lambda: None):
        """Calls each(type, object) for what is there, listed(), and each() for every change, until stop() says so; only where the server forgot changes are
        some missed, and what is there is told again."""
        version = None
        while not stop():
            if version is None:
                known = self.list(kind)
                for item in known["items"]:
                    each("ADDED", dict(item, kind=kind, apiVersion=known["apiVersion"]))
                version = known["metadata"]["resourceVersion"]
                listed()
            connection = self.connection(timeout=30)
            try:
                connection.request("GET", "%s?watch=1&resourceVersion=%s&timeoutSeconds=20" % (self.path(kind), version), headers=self.headers)
                answer = connection.getresponse()
                if answer.status == 410:
                    version = None
                while answer.status == 200 and not stop():
                    line = answer.readline()
                    if not line:
                        break
                    change = json.loads(line)
                    if change["type"] == "ERROR":
                        if change["object"].get("code") != 410:
                            raise OSError("watch of %s: %s" % (kind, change["object"]))
                        version = None
                        break
                    version = change["object"]["metadata"]["resourceVersion"]
                    each(change["type"], dict(change["object"], kind=kind))
            finally:
                connection.close()
