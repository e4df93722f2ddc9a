#!/usr/bin/env python3
"""Writes the CustomResourceDefinitions from the tables below: generate.py [--check]. Contract: group analytics.xtrinode.io, version v1.

--check writes nothing and exits with 1 when a file is not what the tables say. Needs PyYAML.

The tables say each field once, as `name: (schema, "sentence")`. Deep Kubernetes types (containers, affinity) accept any content here; the API server that
runs the pods checks them in full.
"""
import os, sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
GROUP = "analytics.xtrinode.io"
QUANTITY_PATTERN = (r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$")
CONDITION_TYPE_PATTERN = (r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$")

STR, BOOL, DATE = {"type": "string"}, {"type": "boolean"}, {"type": "string", "format": "date-time"}
I32, I64 = {"type": "integer", "format": "int32"}, {"type": "integer", "format": "int64"}
QUANTITY = {"anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": QUANTITY_PATTERN, "x-kubernetes-int-or-string": True}
INT_OR_STRING = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
ANY_OBJECT = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
DURATION = STR


def obj(fields, required=(), **more):
    """An object schema from {name: schema or (schema, sentence)}."""
    properties = {}
    for name, field in fields.items():
        schema, sentence = field if isinstance(field, tuple) else (field, None)
        properties[name] = ({"description": sentence} if sentence else {}) | schema
    out = {"type": "object"}
    if required:
        out["required"] = list(required)
    if properties:
        out["properties"] = properties
    return out | more


def list_of(item, **more):
    return {"type": "array", "items": item} | more


def map_of(item):
    return {"type": "object", "additionalProperties": item}


ATOMIC_LIST, ATOMIC_MAP = {"x-kubernetes-list-type": "atomic"}, {"x-kubernetes-map-type": "atomic"}
SECRET_KEY = obj({"name": STR | {"default": ""}, "key": STR, "optional": BOOL}, ["key"], **ATOMIC_MAP)
LABEL_SELECTOR = obj({
    "matchLabels": map_of(STR),
    "matchExpressions": list_of(obj({"key": STR, "operator": STR, "values": list_of(STR, **ATOMIC_LIST)}, ["key", "operator"]), **ATOMIC_LIST),
}, **ATOMIC_MAP)
RESOURCES = obj({
    "requests": (map_of(QUANTITY), "What the scheduler reserves."),
    "limits": (map_of(QUANTITY), "What the container may use at most."),
    "claims": list_of(obj({"name": STR, "request": STR}, ["name"]), **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}),
})
TOLERATION = obj({"key": STR, "operator": STR, "value": STR, "effect": STR, "tolerationSeconds": I64})
SPREAD = obj({"maxSkew": I32, "topologyKey": STR, "whenUnsatisfiable": STR, "labelSelector": LABEL_SELECTOR, "matchLabelKeys": list_of(STR, **ATOMIC_LIST),
              "minDomains": I32, "nodeAffinityPolicy": STR, "nodeTaintsPolicy": STR}, ["maxSkew", "topologyKey", "whenUnsatisfiable"])
SECRET_MOUNT = obj({"name": STR, "secretName": STR, "path": STR, "subPath": STR}, ["name", "path", "secretName"])
PEER = obj({"podSelector": LABEL_SELECTOR, "namespaceSelector": LABEL_SELECTOR, "ipBlock": obj({"cidr": STR, "except": list_of(STR)}, ["cidr"])})
PORT = obj({"protocol": STR, "port": INT_OR_STRING})
ENV_VAR = obj({"name": STR, "value": STR, "valueFrom": ANY_OBJECT}, ["name"])
SIZES = "Preset for pod resources and machine recommendations: xs, s, m, l or xl, in any letter case."

ROLE_PLACEMENT = obj({
    "nodeSelector": (map_of(STR), "Replaces the common node selector for this role."),
    "tolerations": (list_of(TOLERATION), "Replaces the common tolerations for this role."),
    "affinity": (ANY_OBJECT, "Replaces the common affinity for this role."),
    "topologySpreadConstraints": (list_of(SPREAD), "How this role's pods spread over the cluster."),
})
PLACEMENT = obj({
    "nodeSelector": (map_of(STR), "Nodes that both roles may use."),
    "tolerations": (list_of(TOLERATION), "Taints that both roles tolerate."),
    "affinity": (ANY_OBJECT, "Affinity of both roles (a Kubernetes Affinity)."),
    "existingNodePool": (obj({"provider": (STR | {"enum": ["azure", "aws", "gcp"]}, "Cloud that the pool belongs to."),
                              "name": (STR, "Name of the pool.")}, ["name", "provider"]), "Run both roles on a node pool that exists already."),
    "coordinator": (ROLE_PLACEMENT, "Overrides for the coordinator."),
    "worker": (ROLE_PLACEMENT, "Overrides for the workers."),
})
NODE_POOL = obj({
    "name": (STR, "Name of the pool; admission fills in <metadata.name>-pool."),
    "provider": (STR, "azure, aws or gcp."),
    "providerMode": (STR | {"enum": ["managed", "self-managed"]}, "Who runs the pool's machines; empty acts as self-managed."),
    "minNodes": (I32, "Fewest nodes."),
    "maxNodes": (I32, "Most nodes."),
    "zones": (list_of(STR), "Zones of the pool."),
    "osDiskGB": (I32, "Size of each node's system disk in GB."),
    "spot": (obj({"enabled": BOOL, "maxPrice": STR}), "Use interruptible machines."),
    "nodeLabels": (map_of(STR), "Labels of the nodes (managed pools)."),
    "schedulePods": (BOOL, "Bind coordinator and workers to this pool."),
    "nodeTaints": (list_of(obj({"key": STR, "value": STR, "effect": STR, "timeAdded": DATE}, ["effect", "key"])), "Taints of the nodes (managed pools)."),
    "resourceTags": (map_of(STR), "Tags of the cloud resources."),
    "prewarm": (obj({"nodes": I32, "ttl": DURATION}), "Accepted; has no effect."),
    "provisioningTimeout": (DURATION, "How long provisioning may take."),
    "resourceNotFoundRequeueInterval": (DURATION, "How soon to look again when the pool does not exist yet (10s)."),
    "statusNotAvailableRequeueInterval": (DURATION, "How soon to look again when the pool has no status yet (10s)."),
    "noNodesReadyRequeueInterval": (DURATION, "How soon to look again while no node is ready (30s)."),
    "nodesReadyRequeueInterval": (DURATION, "How soon to look again once nodes are ready (10s)."),
    "errorRequeueInterval": (DURATION, "How soon to look again after an error (60s)."),
    "minRequiredReplicasWhenMinNodesZero": (I32, "Nodes that must be ready although minNodes is 0."),
    "clusterName": (STR, "Cluster API cluster of the pool."),
    "kubernetesVersion": (STR, "Kubernetes version of the nodes."),
    "bootstrapConfigRef": obj({n: STR for n in ("apiVersion", "kind", "name", "namespace", "uid", "resourceVersion", "fieldPath")}, **ATOMIC_MAP),
    "autoscalerEnabled": (BOOL, "Let the cluster autoscaler size the pool; absent means true."),
    "scaleDownOnSuspend": (BOOL, "Let the pool go to zero while the runtime sleeps; absent means true."),
    "deletionPolicy": (STR | {"enum": ["Delete", "Retain", "ScaleToZero"]}, "What becomes of the pool when the runtime is deleted."),
    "azure": (obj({"vmSize": (STR, "Machine size."), "osDiskType": (STR, "Disk type (Premium_LRS).")}, ["vmSize"]), "Machines on Azure."),
    "aws": (obj({"instanceType": (STR, "Machine type."), "volumeType": (STR, "Disk type (gp3).")}, ["instanceType"]), "Machines on AWS."),
    "gcp": (obj({"machineType": (STR, "Machine type."), "diskType": (STR, "Disk type (pd-standard).")}, ["machineType"]), "Machines on Google Cloud."),
}, ["name", "provider"])
KEDA = obj({
    "enabled": (BOOL, "Let KEDA scale the workers."),
    "scalerType": (STR, "prometheus or http."),
    "scalingMetric": (STR, "query, memory or cpu."),
    "threshold": (STR, "Value per worker that KEDA aims at."),
    "prometheusServer": (STR, "Address of the Prometheus server."),
    "prometheusQuery": (STR, "Query to scale by; {releaseName}, {namespace} and {xtrinodeName} are filled in."),
    "httpEndpoint": (STR, "coordinator, jmx or a URL."),
    "httpValueLocation": (STR, "Where the value stands in the answer."),
    "scaleDownCooldown": (DURATION, "How long to wait before scaling down."),
    "scaleUpCooldown": (DURATION, "How long to wait before scaling up."),
    "jmxExporter": (obj({"enabled": BOOL, "image": STR, "port": I32, "configMap": STR}), "Sidecar that exports JMX metrics."),
})
SERVICE_MONITOR_ROLE = obj({"enabled": BOOL, "labels": map_of(STR), "scrapeTimeout": STR})
HELM_CHART_CONFIG = obj({
    "accessControl": obj({"type": STR, "refreshPeriod": STR, "configFile": STR, "rules": map_of(STR), "properties": STR}, ["type"]),
    "secretMounts": list_of(SECRET_MOUNT),
    "imagePullSecrets": list_of(obj({"name": STR | {"default": ""}}, **ATOMIC_MAP)),
    "serviceAccount": obj({"create": BOOL, "name": STR, "annotations": map_of(STR)}),
    "ingress": obj({"enabled": BOOL, "className": STR, "annotations": map_of(STR),
                    "hosts": list_of(obj({"host": STR, "paths": list_of(obj({"path": STR, "pathType": STR}, ["path"]))}, ["host"])),
                    "tls": list_of(obj({"secretName": STR, "hosts": list_of(STR)}, ["secretName"]))}),
    "networkPolicy": obj({"enabled": BOOL, "ingress": list_of(obj({"from": list_of(PEER), "ports": list_of(PORT)})),
                          "egress": list_of(obj({"to": list_of(PEER), "ports": list_of(PORT)}))}),
    "serviceMonitor": obj({"enabled": BOOL, "apiVersion": STR, "labels": map_of(STR), "interval": STR, "scrapeTimeout": STR,
                           "coordinator": SERVICE_MONITOR_ROLE, "worker": SERVICE_MONITOR_ROLE}),
    "coordinator": obj({"secretMounts": list_of(SECRET_MOUNT), "additionalConfigFiles": map_of(STR)}),
    "worker": obj({"gracefulShutdown": obj({"enabled": BOOL, "gracePeriodSeconds": I64}), "secretMounts": list_of(SECRET_MOUNT),
                   "additionalConfigFiles": map_of(STR), "topologySpreadConstraints": list_of(SPREAD)}),
    "env": list_of(ENV_VAR),
    "envFrom": list_of(ANY_OBJECT),
    "initContainers": map_of(list_of(ANY_OBJECT)),
})
SPEC = obj({
    "size": (STR, SIZES),
    "maxWorkers": (I32 | {"minimum": 0, "maximum": 500}, "Number of workers without an autoscaler (2 when absent); upper bound with KEDA."),
    "minWorkers": (I32 | {"minimum": 0}, "Lower bound with KEDA, and how many workers must be ready before the runtime is."),
    "suspended": (BOOL, "True puts the runtime to sleep: no pods, the route stays and says so."),
    "autoSuspendAfter": (DURATION | {"default": "5m"}, "Idle time after which the runtime is put to sleep, like 90s or 1h30m."),
    "wakeMinWorkers": (I32, "Fewest workers during the wake window after a resume."),
    "wakeTTL": (DURATION, "Length of the wake window, like 5m."),
    "resources": (obj({"coordinator": (RESOURCES, "Resources of the coordinator; replace the preset's as a whole."),
                       "worker": (RESOURCES, "Resources of each worker; replace the preset's as a whole.")}), "Pod resources per role."),
    "placement": (PLACEMENT, "Where pods may run."),
    "nodePool": (NODE_POOL, "A node pool provisioned for this runtime."),
    "routing": (obj({
        "routingGroup": (STR, "Backend group; default <namespace>--<name>."),
        "hostname": (STR, "Host name that selects this runtime."),
        "hostnameDomain": (STR, "The host name becomes <routing group>.<hostnameDomain>."),
        "header": (STR, "Header that selects this runtime: X-Trino-XTrinode=<value>."),
        "default": (BOOL, "Statements without a selector go here."),
        "capacityUnits": (I32 | {"minimum": 1}, "Weight in balancing; derived from the size when absent."),
    }), "How the gateway finds this runtime."),
    "catalogSelector": (LABEL_SELECTOR, "Selects XTrinodeCatalogs of the same namespace by their spec.labels; absent: no catalogs."),
    "resourceGroupsProfile": (STR, "ConfigMap with the coordinator's resource groups."),
    "customConfigMaps": (list_of(STR), "ConfigMaps mounted at /etc/trino/custom/<name>."),
    "limits": (obj({"hardConcurrencyPerGroup": (I32, "Checked; has no effect."), "maxQueuedPerGroup": (I32, "Checked; has no effect."),
                    "session": (obj({"maxQueryMemory": (STR, "Most memory of one query over all workers, like 4GB (the default)."),
                                     "maxTotalMemoryPerNode": (STR, "Checked; has no effect.")}), "Limits of a session.")}),
               "Limits on queries."),
    "valuesOverlay": ({"x-kubernetes-preserve-unknown-fields": True}, "Privileged settings in the shape of the Trino Helm chart's values."),
    "trinoControlAuth": (obj({"username": (STR, "User of the control plane's own Trino calls."), "passwordSecret": (SECRET_KEY, "Its password.")},
                             ["passwordSecret"]), "Credential for the control plane's calls to Trino."),
    "faultTolerantExecution": (obj({
        "retryPolicy": (STR, "TASK or QUERY."),
        "exchangeManager": (obj({"enabled": (BOOL, "Set up an exchange manager; absent means true."), "name": (STR, "Kind of exchange manager (filesystem)."),
                                 "baseDirectories": (list_of(STR), "Where intermediate data is kept (/tmp/trino-exchange)."),
                                 "properties": (map_of(STR), "More properties.")}), "Where intermediate data is kept."),
    }), "Retry failed tasks or queries."),
    "keda": (KEDA, "Scaling of the workers by KEDA."),
    "tls": (obj({"serverSecretClass": STR, "internalSecretClass": STR}), "Reserved."),
    "helmChartConfig": (HELM_CHART_CONFIG, "Privileged pod options."),
    "operatorNodePoolDefaults": (obj({"defaultMinNodes": I32, "defaultMaxNodes": I32, "defaultOSDiskGB": I32}), "Defaults for nodePool."),
    "rolloutPolicy": (obj({"revisionHistoryLimit": (I32 | {"minimum": 0, "maximum": 100}, "Old revisions of a Deployment that are kept (10)."),
                           "rollingUpdateStrategy": (obj({"maxSurge": (INT_OR_STRING, "Pods above the wanted number during a rollout (25%)."),
                                                          "maxUnavailable": (INT_OR_STRING, "Pods below it (25%).")}), "Pace of a rollout.")}), "How changes roll out."),
}, ["size"])
CONDITION = obj({
    "type": STR | {"maxLength": 316, "pattern": CONDITION_TYPE_PATTERN},
    "status": STR | {"enum": ["True", "False", "Unknown"]},
    "reason": STR | {"minLength": 1, "maxLength": 1024, "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"},
    "message": STR | {"maxLength": 32768},
    "lastTransitionTime": DATE,
    "observedGeneration": I64 | {"minimum": 0},
}, ["lastTransitionTime", "message", "reason", "status", "type"])
SHAPE_ROLE = obj({"requests": map_of(QUANTITY), "limits": map_of(QUANTITY)})
STATUS = obj({
    "phase": (STR, "Pending, Reconciling, Ready, Suspending, Suspended, Resuming or Error."),
    "coordinatorURL": (STR, "Where the coordinator answers inside the cluster."),
    "workers": (I32, "Workers that are ready."),
    "lastActivity": (DATE, "When a query was last seen."),
    "currentRevision": (STR, "Hash of the spec and the operator's version."),
    "observedGeneration": (I64, "Generation of the spec that the objects stand for."),
    "baseRevision": STR,
    "coordinatorRolloutHash": (STR, "A new value rolls the coordinator."),
    "workerRolloutHash": (STR, "A new value rolls the workers."),
    "observedCatalogs": (list_of(STR), "Catalogs that the runtime mounts."),
    "observedCatalogDigest": STR,
    "observedAccessControlDigest": STR,
    "observedSessionPropsDigest": STR,
    "observedRuntimeShape": (obj({
        "version": STR, "hash": STR, "preset": STR, "autoscalingMode": STR, "coordinator": SHAPE_ROLE, "worker": SHAPE_ROLE,
        "workers": obj({"fixed": I32, "min": I32, "max": I32, "quota": I32, "capacity": I32}), "capacityUnits": I32,
        "nodePool": obj({"provisioningRequested": BOOL, "provider": STR, "providerMode": STR, "name": STR, "schedulePods": BOOL, "deletionPolicy": STR}),
    }), "Sizes and counts as resolved from the spec."),
    "wake": (obj({"minWorkers": I32, "expiresAt": DATE}, ["expiresAt", "minWorkers"]), "The wake window, while one is open."),
    "conditions": (list_of(CONDITION), "What is waited for, and why."),
})

# ---- catalogs: fields of each connector besides properties and propertySecretRefs; "!" marks required ones ----
JDBC = {"connectionURL!": STR, "connectionUser": STR, "connectionPasswordSecret": SECRET_KEY}
INT = {"type": "integer"}
CONNECTORS = {
    "bigQuery": {"projectID!": STR, "parentProjectID": STR, "credentialsFile": STR},
    "blackHole": {},
    "cassandra": {"contactPoints!": STR, "port": INT},
    "clickHouse": JDBC,
    "deltaLake": {"catalogType!": STR, "warehouseURI!": STR},
    "druid": {"brokerURL!": STR},
    "duckDB": {"databasePath": STR},
    "elasticsearch": {"host!": STR, "port": INT, "defaultSchema": STR},
    "exasol": JDBC,
    "faker": {"defaultLimit": I64, "nullProbability": {"type": "number"}},
    "googleSheets": {"credentialsFilePath!": STR, "metadataSheetID": STR},
    "hive": {"metastoreURI!": STR, "s3Endpoint": STR, "s3AccessKeySecret": SECRET_KEY, "s3SecretKeySecret": SECRET_KEY},
    "hudi": {"metastoreURI!": STR},
    "iceberg": {"catalogType!": STR, "warehouseURI!": STR},
    "ignite": JDBC,
    "jmx": {},
    "kafka": {"kafkaNodes!": list_of(STR)},
    "lakehouse": {"catalogType!": STR, "metastoreURI": STR},
    "loki": {"uri!": STR},
    "mariaDB": JDBC,
    "memory": {"maxDataPerNode": STR},
    "mongodb": {"connectionURI!": STR},
    "mysql": JDBC,
    "openSearch": {"host!": STR, "port": INT, "defaultSchema": STR},
    "oracle": JDBC,
    "pinot": {"controllerURLs!": STR},
    "postgres": JDBC,
    "prometheus": {"uri!": STR},
    "redis": {"nodes!": STR, "database": INT},
    "redshift": JDBC,
    "singleStore": JDBC,
    "snowflake": {"accountURL!": STR, "user!": STR, "database": STR, "role": STR, "warehouse": STR, "passwordSecret": SECRET_KEY},
    "sqlServer": JDBC,
    "system": {},
    "thrift": {"host!": STR, "port!": INT},
    "tpcds": {},
    "tpch": {},
    "vertica": JDBC,
    "custom": {"connectorName!": STR, "properties!": map_of(STR)},
}


def connector(fields):
    properties = {n.rstrip("!"): s for n, s in fields.items()}
    properties.setdefault("properties", map_of(STR))
    properties["propertySecretRefs"] = map_of(SECRET_KEY)
    return obj(properties, [n[:-1] for n in fields if n.endswith("!")])


CATALOG_SPEC = obj({
    "labels": (map_of(STR), "Labels that a runtime's catalogSelector matches."),
    "connector": (obj({n: connector(f) for n, f in CONNECTORS.items()}, minProperties=1, maxProperties=1), "Exactly one connector with its settings."),
}, ["connector"])
CATALOG_STATUS = obj({
    "phase": (STR, "Pending, Ready or Error."),
    "message": (STR, "What went wrong, where something did."),
    "configMapName": (STR, "ConfigMap that holds the catalog's properties."),
    "lastUpdated": (DATE, "When that ConfigMap was last written."),
})


def crd(kind, plural, short, columns, description, spec, status):
    names = {"kind": kind, "listKind": kind + "List", "plural": plural, "singular": kind.lower()}
    if short:
        names["shortNames"] = short
    root = obj({"apiVersion": STR, "kind": STR, "metadata": {"type": "object"}, "spec": (spec, "What is wanted."), "status": (status, "What is.")})
    version = {
        "name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
        "additionalPrinterColumns": [dict(zip(("name", "type", "jsonPath", "priority"), c)) for c in columns],
        "schema": {"openAPIV3Schema": {"description": description} | root},
    }
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "%s.%s" % (plural, GROUP)},
            "spec": {"group": GROUP, "names": names, "scope": "Namespaced", "versions": [version]}}


CRDS = [
    # `xt` is ours besides the contract's `tn`.
    crd("XTrinode", "xtrinodes", ["tn", "xt"], [("Size", "string", ".spec.size"), ("Phase", "string", ".status.phase"), ("Workers", "integer", ".status.workers"),
                                                ("Age", "date", ".metadata.creationTimestamp"),
                                                # Ours besides the contract's four; with priority 1 they show in `-o wide` only.
                                                ("Ready", "string", '.status.conditions[?(@.type=="Ready")].status', 1),
                                                ("URL", "string", ".status.coordinatorURL", 1)], "A Trino runtime: one coordinator and its workers.", SPEC, STATUS),
    crd("XTrinodeCatalog", "xtrinodecatalogs", [], [("Connector", "string", ".spec.connector.*"), ("Phase", "string", ".status.phase"),
                                                    ("ConfigMap", "string", ".status.configMapName"), ("Age", "date", ".metadata.creationTimestamp")],
        "A catalog that runtimes of its namespace may select.", CATALOG_SPEC, CATALOG_STATUS),
]


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def main():
    stale = []
    for definition in CRDS:
        path = os.path.join(HERE, "%s_%s.yaml" % (GROUP, definition["spec"]["names"]["plural"]))
        text = "# Generated by generate.py. Do not edit: change its tables, then run it again.\n" + yaml.dump(
            definition, Dumper=Plain, sort_keys=False, width=150, default_flow_style=False)
        if "--check" in sys.argv:
            if not os.path.exists(path) or open(path).read() != text:
                stale.append(os.path.basename(path))
        else:
            with open(path, "w") as f:
                f.write(text)
    if stale:
        print("not what generate.py says: " + ", ".join(stale))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
