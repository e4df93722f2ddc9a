// The Kubernetes types that occur in hashed JSON, with their members in the order of the Go structs (v0.34).
//
// Notation of a member: name[*][!z][:type]. "*": a pointer in Go, so kept when present even if empty; "!z": always written, as
// the zero value z when absent (s "", i 0, b false, o {}, l null); type: a struct of this table, "[T" a list, "{T" a map,
// "Quantity", "Duration"; without one the value is written as it is. Members of struct type are kept when present.
#pragma once

#include <array>
#include <string_view>

namespace xtn {

struct GoType {
    std::string_view name;
    std::string_view fields;
};

inline constexpr std::array go_types{
    GoType{"PodTemplateSpec", "metadata!o:ObjectMeta spec!o:PodSpec"},
    GoType{"ObjectMeta", "name namespace labels:{ annotations:{"},
    GoType{"PodSpec",
           "volumes:[Volume initContainers:[Container containers!l:[Container restartPolicy terminationGracePeriodSeconds* "
           "dnsPolicy nodeSelector:{ serviceAccountName automountServiceAccountToken* shareProcessNamespace* "
           "securityContext:PodSecurityContext imagePullSecrets:[LocalObjectReference affinity:Affinity "
           "tolerations:[Toleration priorityClassName topologySpreadConstraints:[TopologySpreadConstraint"},
    GoType{"LocalObjectReference", "name"},
    GoType{"Volume", "name!s hostPath:HostPath emptyDir:EmptyDir secret:SecretVolume nfs:Nfs persistentVolumeClaim:PvcVolume "
                     "downwardAPI:DownwardApi configMap:ConfigMapVolume projected:Projected csi:Csi ephemeral* image*"},
    GoType{"HostPath", "path!s type*"},
    GoType{"EmptyDir", "medium sizeLimit*:Quantity"},
    GoType{"SecretVolume", "secretName items:[KeyToPath defaultMode* optional*"},
    GoType{"Nfs", "server!s path!s readOnly"},
    GoType{"PvcVolume", "claimName!s readOnly"},
    GoType{"DownwardApi", "items:[DownwardApiFile defaultMode*"},
    GoType{"DownwardApiFile", "path!s fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector mode*"},
    GoType{"ConfigMapVolume", "name items:[KeyToPath defaultMode* optional*"},
    GoType{"KeyToPath", "key!s path!s mode*"},
    GoType{"Projected", "sources!l:[VolumeProjection defaultMode*"},
    GoType{"VolumeProjection", "secret:NamedProjection downwardAPI:DownwardApi configMap:NamedProjection "
                               "serviceAccountToken:TokenProjection clusterTrustBundle*"},
    GoType{"NamedProjection", "name items:[KeyToPath optional*"},
    GoType{"TokenProjection", "audience expirationSeconds* path!s"},
    GoType{"Csi", "driver!s readOnly* fsType* volumeAttributes:{ nodePublishSecretRef:LocalObjectReference"},
    GoType{"Container",
           "name!s image command args workingDir ports:[ContainerPort envFrom:[EnvFromSource env:[EnvVar "
           "resources!o:ResourceRequirements resizePolicy:[ResizePolicy restartPolicy* volumeMounts:[VolumeMount "
           "volumeDevices:[VolumeDevice livenessProbe:Probe readinessProbe:Probe startupProbe:Probe lifecycle:Lifecycle "
           "terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext:SecurityContext stdin stdinOnce tty"},
    GoType{"ContainerPort", "name hostPort containerPort!i protocol hostIP"},
    GoType{"EnvFromSource", "prefix configMapRef:OptionalRef secretRef:OptionalRef"},
    GoType{"OptionalRef", "name optional*"},
    GoType{"EnvVar", "name!s value valueFrom:EnvVarSource"},
    GoType{"EnvVarSource", "fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector configMapKeyRef:KeySelector "
                           "secretKeyRef:KeySelector"},
    GoType{"ObjectFieldSelector", "apiVersion fieldPath!s"},
    GoType{"ResourceFieldSelector", "containerName resource!s divisor:Quantity"},
    GoType{"KeySelector", "name key!s optional*"},
    GoType{"ResourceRequirements", "limits:{Quantity requests:{Quantity claims:[ResourceClaim"},
    GoType{"ResourceClaim", "name!s request"},
    GoType{"ResizePolicy", "resourceName!s restartPolicy!s"},
    GoType{"VolumeMount", "name!s readOnly recursiveReadOnly* mountPath!s subPath mountPropagation* subPathExpr"},
    GoType{"VolumeDevice", "name!s devicePath!s"},
    GoType{"Probe",
           "exec:ExecAction httpGet:HttpGetAction tcpSocket:TcpAction grpc:GrpcAction initialDelaySeconds timeoutSeconds "
           "periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds*"},
    GoType{"ExecAction", "command"},
    GoType{"HttpGetAction", "path port!i host scheme httpHeaders:[NameValue"},
    GoType{"NameValue", "name!s value!s"},
    GoType{"TcpAction", "port!i host"},
    GoType{"GrpcAction", "port!i service!l"},
    GoType{"Lifecycle", "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal*"},
    GoType{"LifecycleHandler", "exec:ExecAction httpGet:HttpGetAction tcpSocket:TcpAction sleep:SleepAction"},
    GoType{"SleepAction", "seconds!i"},
    GoType{"SecurityContext", "capabilities:Capabilities privileged* seLinuxOptions:SeLinux runAsUser* runAsGroup* runAsNonRoot* "
                              "readOnlyRootFilesystem* allowPrivilegeEscalation* procMount* seccompProfile:SecProfile "
                              "appArmorProfile:SecProfile"},
    GoType{"Capabilities", "add drop"},
    GoType{"SeLinux", "user role type level"},
    GoType{"SecProfile", "type!s localhostProfile*"},
    GoType{"PodSecurityContext", "seLinuxOptions:SeLinux runAsUser* runAsGroup* runAsNonRoot* supplementalGroups "
                                 "supplementalGroupsPolicy* fsGroup* sysctls:[NameValue fsGroupChangePolicy* "
                                 "seccompProfile:SecProfile appArmorProfile:SecProfile seLinuxChangePolicy*"},
    GoType{"Toleration", "key operator value effect tolerationSeconds*"},
    GoType{"TopologySpreadConstraint", "maxSkew!i topologyKey!s whenUnsatisfiable!s labelSelector:LabelSelector minDomains* "
                                       "nodeAffinityPolicy* nodeTaintsPolicy* matchLabelKeys"},
    GoType{"LabelSelector", "matchLabels:{ matchExpressions:[Requirement"},
    GoType{"Requirement", "key!s operator!s values"},
    GoType{"Affinity", "nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAffinity"},
    GoType{"NodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution:NodeSelector "
                           "preferredDuringSchedulingIgnoredDuringExecution:[PreferredTerm"},
    GoType{"NodeSelector", "nodeSelectorTerms!l:[NodeTerm"},
    GoType{"NodeTerm", "matchExpressions:[Requirement matchFields:[Requirement"},
    GoType{"PreferredTerm", "weight!i preference!o:NodeTerm"},
    GoType{"PodAffinity", "requiredDuringSchedulingIgnoredDuringExecution:[PodTerm "
                          "preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodTerm"},
    GoType{"PodTerm", "labelSelector:LabelSelector namespaces topologyKey!s namespaceSelector:LabelSelector matchLabelKeys "
                      "mismatchLabelKeys"},
    GoType{"WeightedPodTerm", "weight!i podAffinityTerm!o:PodTerm"},
    // The custom resource itself, for the revision (spec 30 §10.3). Deeper types are written with sorted members: the revision is
    // informational, any deterministic value serves.
    GoType{"XTrinodeSpec",
           "size!s maxWorkers* minWorkers* suspended autoSuspendAfter*:Duration wakeMinWorkers* wakeTTL*:Duration "
           "resources* placement* nodePool* routing* catalogSelector:LabelSelector resourceGroupsProfile "
           "customConfigMaps limits* valuesOverlay* trinoControlAuth* faultTolerantExecution* keda* tls* "
           "helmChartConfig* operatorNodePoolDefaults* rolloutPolicy*"},
};

} // namespace xtn
