// The metadata types, written out: the schemas that all documents share.
#include "adapters/sandbox/api/json_text.hpp"
#include "adapters/sandbox/api/openapi_document.hpp"

namespace xtn::sandbox {
namespace {

constexpr std::string_view common = R"json({
"io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"description": "What every stored object has: name, labels, annotations, owners, versions.", "type": "object", "properties": {
  "annotations": {"description": "Free text by key, for tools; not for selecting.", "type": "object", "additionalProperties": {"type": "string"}},
  "creationTimestamp": {"description": "When the server created the object. Read-only.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Time"}]},
  "deletionGracePeriodSeconds": {"description": "Seconds the object may take to end. Read-only.", "type": "integer", "format": "int64"},
  "deletionTimestamp": {"description": "When the object is to be gone; set by the server on delete. Read-only.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Time"}]},
  "finalizers": {"description": "Who has something to do before the object may go.", "type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge"},
  "generateName": {"description": "Beginning of a name that the server completes, if name is empty.", "type": "string"},
  "generation": {"description": "Counts the changes of the wanted state. Read-only.", "type": "integer", "format": "int64"},
  "labels": {"description": "Key and value pairs for selecting objects.", "type": "object", "additionalProperties": {"type": "string"}},
  "managedFields": {"description": "Who set which field. Kept by the server.", "type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry"}]}, "x-kubernetes-list-type": "atomic"},
  "name": {"description": "Unique in its namespace; cannot be changed.", "type": "string"},
  "namespace": {"description": "Where the name must be unique; cannot be changed.", "type": "string"},
  "ownerReferences": {"description": "Objects that this one depends on; when all are gone it is collected.", "type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference"}]}, "x-kubernetes-list-map-keys": ["uid"], "x-kubernetes-list-type": "map", "x-kubernetes-patch-merge-key": "uid", "x-kubernetes-patch-strategy": "merge"},
  "resourceVersion": {"description": "The state this is; opaque. For optimistic locking and watches.", "type": "string"},
  "selfLink": {"description": "No longer set by servers.", "type": "string"},
  "uid": {"description": "Unique in time and space. Read-only.", "type": "string"}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta": {"description": "What every list has.", "type": "object", "properties": {
  "continue": {"description": "Where the next page starts; empty on the last one.", "type": "string"},
  "remainingItemCount": {"description": "How many objects follow on later pages, if known.", "type": "integer", "format": "int64"},
  "resourceVersion": {"description": "The state that the list shows; a watch may start from it.", "type": "string"},
  "selfLink": {"description": "No longer set by servers.", "type": "string"},
  "shardInfo": {"description": "Not used by this server.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo"}]}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo": {"description": "Not used by this server.", "type": "object", "properties": {"selector": {"description": "Not used by this server.", "type": "string"}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference": {"description": "An owner, by identity.", "type": "object", "required": ["apiVersion", "kind", "name", "uid"], "properties": {
  "apiVersion": {"description": "Group and version of the owner.", "type": "string"},
  "blockOwnerDeletion": {"description": "A foreground deletion of the owner waits for this object.", "type": "boolean"},
  "controller": {"description": "The owner is the one that manages this object.", "type": "boolean"},
  "kind": {"description": "Kind of the owner.", "type": "string"},
  "name": {"description": "Name of the owner.", "type": "string"},
  "uid": {"description": "Uid of the owner.", "type": "string"}}, "x-kubernetes-map-type": "atomic"},
"io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry": {"description": "The fields that one manager set in one way.", "type": "object", "properties": {
  "apiVersion": {"description": "The version that the fields are named in.", "type": "string"},
  "fieldsType": {"description": "Form of the fields: FieldsV1.", "type": "string"},
  "fieldsV1": {"description": "The fields.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"}]},
  "manager": {"description": "Name of the manager.", "type": "string"},
  "operation": {"description": "Apply or Update.", "type": "string"},
  "subresource": {"description": "The subresource it was done through, if any.", "type": "string"},
  "time": {"description": "When the manager changed the set last.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Time"}]}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {"description": "A set of fields as a tree (f:name, k:{keys}, v:value).", "type": "object"},
"io.k8s.apimachinery.pkg.apis.meta.v1.Time": {"description": "A point in time, RFC 3339.", "type": "string", "format": "date-time"},
"io.k8s.apimachinery.pkg.apis.meta.v1.Patch": {"description": "The body of a PATCH, by its content type.", "type": "object"},
"io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions": {"description": "What must hold for the request to be carried out.", "type": "object", "properties": {
  "resourceVersion": {"description": "The object must be in this state.", "type": "string"},
  "uid": {"description": "The object must be this one.", "type": "string"}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions": {"description": "Options of a DELETE.", "type": "object", "properties": {
  "apiVersion": {"description": "Version of this object.", "type": "string"},
  "dryRun": {"description": "All: nothing is stored.", "type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "atomic"},
  "gracePeriodSeconds": {"description": "Seconds the object may take to end.", "type": "integer", "format": "int64"},
  "kind": {"description": "DeleteOptions.", "type": "string"},
  "orphanDependents": {"description": "Deprecated: use propagationPolicy.", "type": "boolean"},
  "preconditions": {"description": "What must hold.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions"}]},
  "propagationPolicy": {"description": "Orphan, Background or Foreground: what becomes of dependents.", "type": "string"}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause": {"description": "One reason for a failure.", "type": "object", "properties": {
  "field": {"description": "Path of the field it is about.", "type": "string"},
  "message": {"description": "For people.", "type": "string"},
  "reason": {"description": "For programs.", "type": "string"}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails": {"description": "What a Status is about.", "type": "object", "properties": {
  "causes": {"description": "The reasons.", "type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause"}]}, "x-kubernetes-list-type": "atomic"},
  "group": {"description": "Group of the resource.", "type": "string"},
  "kind": {"description": "The resource or kind.", "type": "string"},
  "name": {"description": "Name of the object.", "type": "string"},
  "retryAfterSeconds": {"description": "When to try again.", "type": "integer", "format": "int32"},
  "uid": {"description": "Uid of the object.", "type": "string"}}},
"io.k8s.apimachinery.pkg.apis.meta.v1.Status": {"description": "The outcome of a request that returns no object.", "type": "object", "properties": {
  "apiVersion": {"description": "Version of this object.", "type": "string"},
  "code": {"description": "HTTP status code.", "type": "integer", "format": "int32"},
  "details": {"description": "What it is about.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails"}]},
  "kind": {"description": "Status.", "type": "string"},
  "message": {"description": "For people.", "type": "string"},
  "metadata": {"description": "Empty.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"}]},
  "reason": {"description": "For programs: NotFound, Conflict, Invalid and others.", "type": "string"},
  "status": {"description": "Success or Failure.", "type": "string"}}, "x-kubernetes-group-version-kind": [{"group": "", "kind": "Status", "version": "v1"}]},
"io.k8s.api.autoscaling.v1.Scale": {"description": "The number of replicas of an object, wanted and seen.", "type": "object", "properties": {
  "apiVersion": {"description": "Version of this object.", "type": "string"},
  "kind": {"description": "Scale.", "type": "string"},
  "metadata": {"description": "Of the scaled object.", "allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}]},
  "spec": {"description": "Wanted.", "allOf": [{"$ref": "#/components/schemas/io.k8s.api.autoscaling.v1.ScaleSpec"}]},
  "status": {"description": "Seen.", "allOf": [{"$ref": "#/components/schemas/io.k8s.api.autoscaling.v1.ScaleStatus"}]}}, "x-kubernetes-group-version-kind": [{"group": "autoscaling", "kind": "Scale", "version": "v1"}]},
"io.k8s.api.autoscaling.v1.ScaleSpec": {"description": "The wanted number.", "type": "object", "properties": {"replicas": {"description": "How many.", "type": "integer", "format": "int32"}}},
"io.k8s.api.autoscaling.v1.ScaleStatus": {"description": "The seen number.", "type": "object", "required": ["replicas"], "properties": {
  "replicas": {"description": "How many.", "type": "integer", "format": "int32"},
  "selector": {"description": "The label selector that finds them, as text.", "type": "string"}}}
})json";

} // namespace

boost::json::object common_schemas() {
    static const boost::json::object schemas = read_json(common)->value.as_object(); // a constant: it parses
    return schemas;
}

} // namespace xtn::sandbox
