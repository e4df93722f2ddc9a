#include "adapters/sandbox/objects/types.hpp"

namespace xtn::sandbox::objects {

const std::string_view other_types = R"(
# apps/v1
type RollingUpdateDeployment
  maxUnavailable *IntOrString
  maxSurge *IntOrString

type DeploymentStrategy
  type string
  rollingUpdate *RollingUpdateDeployment

type DeploymentSpec
  replicas *int32
  selector! *LabelSelector
  template! PodTemplateSpec
  strategy DeploymentStrategy retain
  minReadySeconds int32
  revisionHistoryLimit *int32
  paused bool
  progressDeadlineSeconds *int32

type DeploymentCondition
  type! string
  status! string
  lastUpdateTime *Time
  lastTransitionTime *Time
  reason string
  message string

type DeploymentStatus
  observedGeneration int64
  replicas int32
  updatedReplicas int32
  readyReplicas int32
  availableReplicas int32
  unavailableReplicas int32
  terminatingReplicas *int32
  conditions []DeploymentCondition key=type merge=type
  collisionCount *int32

type Deployment
  metadata ObjectMeta
  spec DeploymentSpec
  status DeploymentStatus

type ReplicaSetSpec
  replicas *int32
  minReadySeconds int32
  selector! *LabelSelector
  template PodTemplateSpec

type ReplicaSetCondition
  type! string
  status! string
  lastTransitionTime *Time
  reason string
  message string

type ReplicaSetStatus
  replicas! int32
  fullyLabeledReplicas int32
  readyReplicas int32
  availableReplicas int32
  terminatingReplicas *int32
  observedGeneration int64
  conditions []ReplicaSetCondition key=type merge=type

type ReplicaSet
  metadata ObjectMeta
  spec ReplicaSetSpec
  status ReplicaSetStatus

# autoscaling/v1
type ScaleSpec
  replicas int32

type ScaleStatus
  replicas! int32
  selector string

type Scale
  metadata ObjectMeta
  spec ScaleSpec
  status ScaleStatus

# coordination.k8s.io/v1
type LeaseSpec
  holderIdentity *string
  leaseDurationSeconds *int32
  acquireTime *MicroTime
  renewTime *MicroTime
  leaseTransitions *int32
  strategy *string
  preferredHolder *string

type Lease
  metadata ObjectMeta
  spec LeaseSpec

# discovery.k8s.io/v1
type EndpointConditions
  ready *bool
  serving *bool
  terminating *bool

type ForZone
  name! string

type EndpointHints
  forZones []ForZone
  forNodes []any

type SliceEndpoint
  addresses! []string
  conditions EndpointConditions
  hostname *string
  targetRef *ObjectReference
  deprecatedTopology map[string]string
  nodeName *string
  zone *string
  hints *EndpointHints

type SlicePort atomic
  name *string
  protocol *string
  port *int32
  appProtocol *string

type EndpointSlice
  metadata ObjectMeta
  addressType! string
  endpoints! []SliceEndpoint
  ports! []SlicePort

# policy/v1
type PodDisruptionBudgetSpec
  minAvailable *IntOrString
  selector *LabelSelector
  maxUnavailable *IntOrString
  unhealthyPodEvictionPolicy *string

type PodDisruptionBudgetStatus
  observedGeneration int64
  disruptedPods map[string]Time
  disruptionsAllowed! int32
  currentHealthy! int32
  desiredHealthy! int32
  expectedPods! int32
  conditions []Condition key=type merge=type

type PodDisruptionBudget
  metadata ObjectMeta
  spec PodDisruptionBudgetSpec
  status PodDisruptionBudgetStatus

# rbac.authorization.k8s.io/v1
type PolicyRule
  verbs! []string
  apiGroups []string
  resources []string
  resourceNames []string
  nonResourceURLs []string

type RoleRef atomic
  apiGroup! string
  kind! string
  name! string

type Subject atomic
  kind! string
  apiGroup string
  name! string
  namespace string

type Role
  metadata ObjectMeta
  rules! []PolicyRule

type RoleBinding
  metadata ObjectMeta
  subjects []Subject
  roleRef! RoleRef

# apiextensions.k8s.io/v1; schemas are kept as they come, they are read by schema_from_openapi
type CustomResourceDefinitionNames
  plural! string
  singular string
  shortNames []string
  kind! string
  listKind string
  categories []string

type CustomResourceSubresourceScale
  specReplicasPath! string
  statusReplicasPath! string
  labelSelectorPath *string

type CustomResourceSubresources
  status *any
  scale *CustomResourceSubresourceScale

type CustomResourceColumnDefinition
  name! string
  type! string
  format string
  description string
  priority int32
  jsonPath! string

type SelectableField
  jsonPath! string

type CustomResourceValidation
  openAPIV3Schema *any

type CustomResourceDefinitionVersion
  name! string
  served! bool
  storage! bool
  deprecated bool
  deprecationWarning *string
  schema *CustomResourceValidation
  subresources *CustomResourceSubresources
  additionalPrinterColumns []CustomResourceColumnDefinition
  selectableFields []SelectableField

type CustomResourceConversion
  strategy! string
  webhook *any

type CustomResourceDefinitionSpec
  group! string
  names! CustomResourceDefinitionNames
  scope! string
  versions! []CustomResourceDefinitionVersion
  conversion *CustomResourceConversion
  preserveUnknownFields bool

type CustomResourceDefinitionCondition
  type! string
  status! string
  lastTransitionTime *Time
  reason string
  message string
  observedGeneration int64

type CustomResourceDefinitionStatus
  conditions! []CustomResourceDefinitionCondition key=type
  acceptedNames! CustomResourceDefinitionNames
  storedVersions! []string

type CustomResourceDefinition
  metadata ObjectMeta
  spec! CustomResourceDefinitionSpec
  status CustomResourceDefinitionStatus
)";

} // namespace xtn::sandbox::objects
