// The protobuf messages that protobuf_body.cpp reads, as tables: which field number is which member, and how it is written.
#pragma once

#include <span>
#include <string_view>

namespace xtn::sandbox::protobuf {

enum class Form { text, bytes, integer, boolean, message, time, int_or_string, quantity, quantities, text_map, bytes_map };
struct Field {
    int number;
    std::string_view member;
    Form form = Form::text;
    bool repeated = false;
    std::string_view message = {};
};
struct MessageType {
    std::string_view name;
    std::span<const Field> fields;
};

// Field numbers: generated.proto of k8s.io/api and k8s.io/apimachinery.
inline constexpr Field object_meta[] = {
    {1, "name"},
    {2, "generateName"},
    {3, "namespace"},
    {4, "selfLink"},
    {5, "uid"},
    {6, "resourceVersion"},
    {7, "generation", Form::integer},
    {8, "creationTimestamp", Form::time},
    {9, "deletionTimestamp", Form::time},
    {10, "deletionGracePeriodSeconds", Form::integer},
    {11, "labels", Form::text_map},
    {12, "annotations", Form::text_map},
    {13, "ownerReferences", Form::message, true, "OwnerReference"},
    {14, "finalizers", Form::text, true},
};
inline constexpr Field owner_reference[] = {
    {1, "kind"},
    {3, "name"},
    {4, "uid"},
    {5, "apiVersion"},
    {6, "controller", Form::boolean},
    {7, "blockOwnerDeletion", Form::boolean},
};
inline constexpr Field config_map[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "data", Form::text_map},
    {3, "binaryData", Form::bytes_map},
    {4, "immutable", Form::boolean},
};
inline constexpr Field secret[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "data", Form::bytes_map},
    {3, "type"},
    {4, "stringData", Form::text_map},
    {5, "immutable", Form::boolean},
};
inline constexpr Field ns[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "spec", Form::message, false, "NamespaceSpec"},
    {3, "status", Form::message, false, "NamespaceStatus"},
};
inline constexpr Field namespace_spec[] = {{1, "finalizers", Form::text, true}};
inline constexpr Field namespace_status[] = {{1, "phase"}};
inline constexpr Field service_account[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {3, "imagePullSecrets", Form::message, true, "LocalObjectReference"},
    {4, "automountServiceAccountToken", Form::boolean},
};
inline constexpr Field local_reference[] = {{1, "name"}};
inline constexpr Field service[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "spec", Form::message, false, "ServiceSpec"},
    {3, "status", Form::message, false, "ServiceStatus"},
};
inline constexpr Field service_spec[] = {
    {1, "ports", Form::message, true, "ServicePort"},
    {2, "selector", Form::text_map},
    {3, "clusterIP"},
    {4, "type"},
    {5, "externalIPs", Form::text, true},
    {7, "sessionAffinity"},
    {8, "loadBalancerIP"},
    {9, "loadBalancerSourceRanges", Form::text, true},
    {10, "externalName"},
    {11, "externalTrafficPolicy"},
    {12, "healthCheckNodePort", Form::integer},
    {13, "publishNotReadyAddresses", Form::boolean},
    {17, "ipFamilyPolicy"},
    {18, "clusterIPs", Form::text, true},
    {19, "ipFamilies", Form::text, true},
    {22, "internalTrafficPolicy"},
};
inline constexpr Field service_port[] = {
    {1, "name"},
    {2, "protocol"},
    {3, "port", Form::integer},
    {4, "targetPort", Form::int_or_string},
    {5, "nodePort", Form::integer},
    {6, "appProtocol"},
};
inline constexpr Field service_status[] = {{1, "loadBalancer", Form::message, false, "LoadBalancerStatus"}};
inline constexpr Field deployment[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "spec", Form::message, false, "DeploymentSpec"},
    {3, "status", Form::message, false, "DeploymentStatus"},
};
inline constexpr Field deployment_spec[] = {
    {1, "replicas", Form::integer},
    {2, "selector", Form::message, false, "LabelSelector"},
    {3, "template", Form::message, false, "PodTemplateSpec"},
    {4, "strategy", Form::message, false, "DeploymentStrategy"},
    {5, "minReadySeconds", Form::integer},
    {6, "revisionHistoryLimit", Form::integer},
    {7, "paused", Form::boolean},
    {9, "progressDeadlineSeconds", Form::integer},
};
inline constexpr Field deployment_status[] = {
    {1, "observedGeneration", Form::integer},  {2, "replicas", Form::integer},
    {3, "updatedReplicas", Form::integer},     {4, "availableReplicas", Form::integer},
    {5, "unavailableReplicas", Form::integer}, {7, "readyReplicas", Form::integer},
};
inline constexpr Field strategy[] = {{1, "type"}, {2, "rollingUpdate", Form::message, false, "RollingUpdateDeployment"}};
inline constexpr Field rolling_update[] = {{1, "maxUnavailable", Form::int_or_string}, {2, "maxSurge", Form::int_or_string}};
inline constexpr Field label_selector[] = {{1, "matchLabels", Form::text_map},
                                           {2, "matchExpressions", Form::message, true, "LabelSelectorRequirement"}};
inline constexpr Field requirement[] = {{1, "key"}, {2, "operator"}, {3, "values", Form::text, true}};
inline constexpr Field pod_template[] = {{1, "metadata", Form::message, false, "ObjectMeta"},
                                         {2, "spec", Form::message, false, "PodSpec"}};
inline constexpr Field pod_spec[] = {
    {2, "containers", Form::message, true, "Container"},
    {3, "restartPolicy"},
    {4, "terminationGracePeriodSeconds", Form::integer},
    {6, "dnsPolicy"},
    {7, "nodeSelector", Form::text_map},
    {8, "serviceAccountName"},
    {9, "serviceAccount"},
    {10, "nodeName"},
    {11, "hostNetwork", Form::boolean},
    {12, "hostPID", Form::boolean},
    {13, "hostIPC", Form::boolean},
    {15, "imagePullSecrets", Form::message, true, "LocalObjectReference"},
    {16, "hostname"},
    {17, "subdomain"},
    {19, "schedulerName"},
    {20, "initContainers", Form::message, true, "Container"},
    {24, "priorityClassName"},
};
inline constexpr Field container[] = {
    {1, "name"},
    {2, "image"},
    {3, "command", Form::text, true},
    {4, "args", Form::text, true},
    {5, "workingDir"},
    {6, "ports", Form::message, true, "ContainerPort"},
    {7, "env", Form::message, true, "EnvVar"},
    {8, "resources", Form::message, false, "ResourceRequirements"},
    {13, "terminationMessagePath"},
    {14, "imagePullPolicy"},
    {16, "stdin", Form::boolean},
    {17, "stdinOnce", Form::boolean},
    {18, "tty", Form::boolean},
    {20, "terminationMessagePolicy"},
};
inline constexpr Field container_port[] = {
    {1, "name"}, {2, "hostPort", Form::integer}, {3, "containerPort", Form::integer}, {4, "protocol"}, {5, "hostIP"},
};
inline constexpr Field env_var[] = {{1, "name"}, {2, "value"}};
inline constexpr Field resources[] = {{1, "limits", Form::quantities}, {2, "requests", Form::quantities}};
inline constexpr Field delete_options[] = {
    {1, "gracePeriodSeconds", Form::integer}, {2, "preconditions", Form::message, false, "Preconditions"},
    {3, "orphanDependents", Form::boolean},   {4, "propagationPolicy"},
    {5, "dryRun", Form::text, true},
};
inline constexpr Field preconditions[] = {{1, "uid"}, {2, "resourceVersion"}};

// Reviews: their status is the server's and is skipped when empty.
inline constexpr Field access_review[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "spec", Form::message, false, "SelfSubjectAccessReviewSpec"},
    {3, "status", Form::message, false, "SubjectAccessReviewStatus"},
};
inline constexpr Field access_review_spec[] = {
    {1, "resourceAttributes", Form::message, false, "ResourceAttributes"},
    {2, "nonResourceAttributes", Form::message, false, "NonResourceAttributes"},
};
inline constexpr Field resource_attributes[] = {
    {1, "namespace"}, {2, "verb"}, {3, "group"}, {4, "version"}, {5, "resource"}, {6, "subresource"}, {7, "name"},
};
inline constexpr Field non_resource_attributes[] = {{1, "path"}, {2, "verb"}};
inline constexpr Field access_review_status[] = {
    {1, "allowed", Form::boolean},
    {2, "reason"},
    {3, "evaluationError"},
    {4, "denied", Form::boolean},
};
inline constexpr Field rules_review[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "spec", Form::message, false, "SelfSubjectRulesReviewSpec"},
    {3, "status", Form::message, false, "SubjectRulesReviewStatus"},
};
inline constexpr Field rules_review_spec[] = {{1, "namespace"}};
inline constexpr Field rules_review_status[] = {{3, "incomplete", Form::boolean}, {4, "evaluationError"}};
inline constexpr Field self_review[] = {
    {1, "metadata", Form::message, false, "ObjectMeta"},
    {2, "status", Form::message, false, "SelfSubjectReviewStatus"},
};
inline constexpr Field self_review_status[] = {{1, "userInfo", Form::message, false, "UserInfo"}};
inline constexpr Field user_info[] = {{1, "username"}, {2, "uid"}, {3, "groups", Form::text, true}};

inline constexpr MessageType messages[] = {
    {"ObjectMeta", object_meta},
    {"OwnerReference", owner_reference},
    {"ConfigMap", config_map},
    {"Secret", secret},
    {"Namespace", ns},
    {"NamespaceSpec", namespace_spec},
    {"NamespaceStatus", namespace_status},
    {"ServiceAccount", service_account},
    {"LocalObjectReference", local_reference},
    {"Service", service},
    {"ServiceSpec", service_spec},
    {"ServicePort", service_port},
    {"ServiceStatus", service_status},
    {"LoadBalancerStatus", {}},
    {"Deployment", deployment},
    {"DeploymentSpec", deployment_spec},
    {"DeploymentStatus", deployment_status},
    {"DeploymentStrategy", strategy},
    {"RollingUpdateDeployment", rolling_update},
    {"LabelSelector", label_selector},
    {"LabelSelectorRequirement", requirement},
    {"PodTemplateSpec", pod_template},
    {"PodSpec", pod_spec},
    {"Container", container},
    {"ContainerPort", container_port},
    {"EnvVar", env_var},
    {"ResourceRequirements", resources},
    {"DeleteOptions", delete_options},
    {"Preconditions", preconditions},
    {"SelfSubjectAccessReview", access_review},
    {"SelfSubjectAccessReviewSpec", access_review_spec},
    {"ResourceAttributes", resource_attributes},
    {"NonResourceAttributes", non_resource_attributes},
    {"SubjectAccessReviewStatus", access_review_status},
    {"SelfSubjectRulesReview", rules_review},
    {"SelfSubjectRulesReviewSpec", rules_review_spec},
    {"SubjectRulesReviewStatus", rules_review_status},
    {"SelfSubjectReview", self_review},
    {"SelfSubjectReviewStatus", self_review_status},
    {"UserInfo", user_info},
};
inline constexpr std::string_view top_level[] = {
    "ConfigMap",
    "Secret",
    "Namespace",
    "ServiceAccount",
    "Service",
    "Deployment",
    "DeleteOptions",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
    "SelfSubjectReview",
};

} // namespace xtn::sandbox::protobuf
