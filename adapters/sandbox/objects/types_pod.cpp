#include "adapters/sandbox/objects/types.hpp"

namespace xtn::sandbox::objects {

const std::string_view pod_types = R"(
type LocalObjectReference atomic
  name string

type ObjectReference atomic
  kind string
  namespace string
  name string
  uid string
  apiVersion string
  resourceVersion string
  fieldPath string

type ObjectFieldSelector atomic
  apiVersion string
  fieldPath! string

type ResourceFieldSelector atomic
  containerName string
  resource! string
  divisor Quantity

type ConfigMapKeySelector atomic
  name string
  key! string
  optional *bool

type SecretKeySelector atomic
  name string
  key! string
  optional *bool

type FileKeySelector atomic
  volumeName! string
  path! string
  key! string
  optional *bool

type EnvVarSource
  fieldRef *ObjectFieldSelector
  resourceFieldRef *ResourceFieldSelector
  configMapKeyRef *ConfigMapKeySelector
  secretKeyRef *SecretKeySelector
  fileKeyRef *FileKeySelector

type EnvVar
  name! string
  value string
  valueFrom *EnvVarSource

type ConfigMapEnvSource
  name string
  optional *bool

type SecretEnvSource
  name string
  optional *bool

type EnvFromSource
  prefix string
  configMapRef *ConfigMapEnvSource
  secretRef *SecretEnvSource

type ContainerPort
  name string
  hostPort int32
  containerPort! int32
  protocol string default=TCP
  hostIP string

type ResourceClaim
  name! string
  request string

type ResourceRequirements
  limits map[string]Quantity
  requests map[string]Quantity
  claims []ResourceClaim key=name

type VolumeMount
  name! string
  readOnly bool
  recursiveReadOnly *string
  mountPath! string
  subPath string
  mountPropagation *string
  subPathExpr string

type VolumeDevice
  name! string
  devicePath! string

type ExecAction
  command []string

type HTTPHeader
  name! string
  value! string

type HTTPGetAction
  path string
  port! IntOrString
  host string
  scheme string
  httpHeaders []HTTPHeader

type TCPSocketAction
  port! IntOrString
  host string

type GRPCAction
  port! int32
  service *string

type SleepAction
  seconds! int64

type Probe
  exec *ExecAction
  httpGet *HTTPGetAction
  tcpSocket *TCPSocketAction
  grpc *GRPCAction
  initialDelaySeconds int32
  timeoutSeconds int32
  periodSeconds int32
  successThreshold int32
  failureThreshold int32
  terminationGracePeriodSeconds *int64

type LifecycleHandler
  exec *ExecAction
  httpGet *HTTPGetAction
  tcpSocket *TCPSocketAction
  sleep *SleepAction

type Lifecycle
  postStart *LifecycleHandler
  preStop *LifecycleHandler
  stopSignal *string

type Capabilities
  add []string
  drop []string

type SELinuxOptions
  user string
  role string
  type string
  level string

type WindowsSecurityContextOptions
  gmsaCredentialSpecName *string
  gmsaCredentialSpec *string
  runAsUserName *string
  hostProcess *bool

type SeccompProfile
  type! string
  localhostProfile *string

type AppArmorProfile
  type! string
  localhostProfile *string

type SecurityContext
  capabilities *Capabilities
  privileged *bool
  seLinuxOptions *SELinuxOptions
  windowsOptions *WindowsSecurityContextOptions
  runAsUser *int64
  runAsGroup *int64
  runAsNonRoot *bool
  readOnlyRootFilesystem *bool
  allowPrivilegeEscalation *bool
  procMount *string
  seccompProfile *SeccompProfile
  appArmorProfile *AppArmorProfile

type Sysctl
  name! string
  value! string

type PodSecurityContext
  seLinuxOptions *SELinuxOptions
  windowsOptions *WindowsSecurityContextOptions
  runAsUser *int64
  runAsGroup *int64
  runAsNonRoot *bool
  supplementalGroups []int64
  supplementalGroupsPolicy *string
  fsGroup *int64
  sysctls []Sysctl
  fsGroupChangePolicy *string
  seccompProfile *SeccompProfile
  appArmorProfile *AppArmorProfile
  seLinuxChangePolicy *string

type ContainerResizePolicy
  resourceName! string
  restartPolicy! string

type Container
  name! string
  image string
  command []string
  args []string
  workingDir string
  ports []ContainerPort key=containerPort,protocol merge=containerPort
  envFrom []EnvFromSource
  env []EnvVar key=name merge=name
  resources ResourceRequirements
  resizePolicy []ContainerResizePolicy
  restartPolicy *string
  restartPolicyRules []any
  volumeMounts []VolumeMount key=mountPath merge=mountPath
  volumeDevices []VolumeDevice key=devicePath merge=devicePath
  livenessProbe *Probe
  readinessProbe *Probe
  startupProbe *Probe
  lifecycle *Lifecycle
  terminationMessagePath string
  terminationMessagePolicy string
  imagePullPolicy string
  securityContext *SecurityContext
  stdin bool
  stdinOnce bool
  tty bool

type KeyToPath
  key! string
  path! string
  mode *int32

type ConfigMapVolumeSource
  name string
  items []KeyToPath
  defaultMode *int32
  optional *bool

type SecretVolumeSource
  secretName string
  items []KeyToPath
  defaultMode *int32
  optional *bool

type EmptyDirVolumeSource
  medium string
  sizeLimit *Quantity

type HostPathVolumeSource
  path! string
  type *string

type PersistentVolumeClaimVolumeSource
  claimName! string
  readOnly bool

type DownwardAPIVolumeFile
  path! string
  fieldRef *ObjectFieldSelector
  resourceFieldRef *ResourceFieldSelector
  mode *int32

type DownwardAPIVolumeSource
  items []DownwardAPIVolumeFile
  defaultMode *int32

type SecretProjection
  name string
  items []KeyToPath
  optional *bool

type ConfigMapProjection
  name string
  items []KeyToPath
  optional *bool

type DownwardAPIProjection
  items []DownwardAPIVolumeFile

type ServiceAccountTokenProjection
  audience string
  expirationSeconds *int64
  path! string

type ClusterTrustBundleProjection
  name *string
  signerName *string
  labelSelector *LabelSelector
  optional *bool
  path! string

type VolumeProjection
  secret *SecretProjection
  downwardAPI *DownwardAPIProjection
  configMap *ConfigMapProjection
  serviceAccountToken *ServiceAccountTokenProjection
  clusterTrustBundle *ClusterTrustBundleProjection

type ProjectedVolumeSource
  sources! []VolumeProjection
  defaultMode *int32

type CSIVolumeSource
  driver! string
  readOnly *bool
  fsType *string
  volumeAttributes map[string]string
  nodePublishSecretRef *LocalObjectReference

type NFSVolumeSource
  server! string
  path! string
  readOnly bool

type ImageVolumeSource
  reference string
  pullPolicy string

type Volume
  name! string
  hostPath *HostPathVolumeSource
  emptyDir *EmptyDirVolumeSource
  secret *SecretVolumeSource
  nfs *NFSVolumeSource
  persistentVolumeClaim *PersistentVolumeClaimVolumeSource
  downwardAPI *DownwardAPIVolumeSource
  configMap *ConfigMapVolumeSource
  projected *ProjectedVolumeSource
  csi *CSIVolumeSource
  ephemeral *any
  image *ImageVolumeSource

type NodeSelectorRequirement
  key! string
  operator! string
  values []string

type NodeSelectorTerm atomic
  matchExpressions []NodeSelectorRequirement
  matchFields []NodeSelectorRequirement

type NodeSelector atomic
  nodeSelectorTerms! []NodeSelectorTerm

type PreferredSchedulingTerm
  weight! int32
  preference! NodeSelectorTerm

type NodeAffinity
  requiredDuringSchedulingIgnoredDuringExecution *NodeSelector
  preferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm

type PodAffinityTerm
  labelSelector *LabelSelector
  namespaces []string
  topologyKey! string
  namespaceSelector *LabelSelector
  matchLabelKeys []string
  mismatchLabelKeys []string

type WeightedPodAffinityTerm
  weight! int32
  podAffinityTerm! PodAffinityTerm

type PodAffinity
  requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm
  preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm

type Affinity
  nodeAffinity *NodeAffinity
  podAffinity *PodAffinity
  podAntiAffinity *PodAffinity

type Toleration
  key string
  operator string
  value string
  effect string
  tolerationSeconds *int64

type HostAlias
  ip! string
  hostnames []string

type PodDNSConfigOption
  name string
  value *string

type PodDNSConfig
  nameservers []string
  searches []string
  options []PodDNSConfigOption

type PodReadinessGate
  conditionType! string

type TopologySpreadConstraint
  maxSkew! int32
  topologyKey! string
  whenUnsatisfiable! string
  labelSelector *LabelSelector
  minDomains *int32
  nodeAffinityPolicy *string
  nodeTaintsPolicy *string
  matchLabelKeys []string

type PodOS
  name! string

type PodSchedulingGate
  name! string

type PodSpec
  volumes []Volume key=name merge=name retain
  initContainers []Container key=name merge=name
  containers! []Container key=name merge=name
  ephemeralContainers []any
  restartPolicy string
  terminationGracePeriodSeconds *int64
  activeDeadlineSeconds *int64
  dnsPolicy string
  nodeSelector map[string]string atomic
  serviceAccountName string
  serviceAccount string
  automountServiceAccountToken *bool
  nodeName string
  hostNetwork bool
  hostPID bool
  hostIPC bool
  shareProcessNamespace *bool
  securityContext *PodSecurityContext
  imagePullSecrets []LocalObjectReference key=name merge=name
  hostname string
  subdomain string
  affinity *Affinity
  schedulerName string
  tolerations []Toleration
  hostAliases []HostAlias key=ip merge=ip
  priorityClassName string
  priority *int32
  dnsConfig *PodDNSConfig
  readinessGates []PodReadinessGate
  runtimeClassName *string
  enableServiceLinks *bool
  preemptionPolicy *string
  overhead map[string]Quantity
  topologySpreadConstraints []TopologySpreadConstraint key=topologyKey,whenUnsatisfiable merge=topologyKey
  setHostnameAsFQDN *bool
  os *PodOS
  hostUsers *bool
  schedulingGates []PodSchedulingGate key=name merge=name
  resourceClaims []any
  resources *ResourceRequirements
  hostnameOverride *string

type PodTemplateSpec
  metadata ObjectMeta
  spec PodSpec

type PodCondition
  type! string
  observedGeneration int64
  status! string
  lastProbeTime! Time
  lastTransitionTime! Time
  reason string
  message string

type ContainerStateWaiting
  reason string
  message string

type ContainerStateRunning
  startedAt! Time

type ContainerStateTerminated
  exitCode! int32
  signal int32
  reason string
  message string
  startedAt! Time
  finishedAt! Time
  containerID string

type ContainerState
  waiting *ContainerStateWaiting
  running *ContainerStateRunning
  terminated *ContainerStateTerminated

type ContainerStatus
  name! string
  state ContainerState
  lastState ContainerState
  ready! bool
  restartCount! int32
  image! string
  imageID! string
  containerID string
  started *bool
  allocatedResources map[string]Quantity
  resources *ResourceRequirements
  volumeMounts []any

type PodIP
  ip! string

type HostIP
  ip! string

type PodStatus
  observedGeneration int64
  phase string
  conditions []PodCondition key=type merge=type
  message string
  reason string
  nominatedNodeName string
  hostIP string
  hostIPs []HostIP merge=ip
  podIP string
  podIPs []PodIP key=ip merge=ip
  startTime *Time
  initContainerStatuses []ContainerStatus
  containerStatuses []ContainerStatus
  qosClass string
  ephemeralContainerStatuses []ContainerStatus
  resize string

type Pod
  metadata ObjectMeta
  spec PodSpec
  status PodStatus
)";

} // namespace xtn::sandbox::objects
