#include "adapters/sandbox/objects/types.hpp"

namespace xtn::sandbox::objects {

const std::string_view core_types = R"(
type NamespaceSpec
  finalizers []string

type NamespaceCondition
  type! string
  status! string
  lastTransitionTime *Time
  reason string
  message string

type NamespaceStatus
  phase string
  conditions []NamespaceCondition key=type merge=type

type Namespace
  metadata ObjectMeta
  spec NamespaceSpec
  status NamespaceStatus

type ConfigMap
  metadata ObjectMeta
  immutable *bool
  data map[string]string
  binaryData map[string]bytes

type Secret
  metadata ObjectMeta
  immutable *bool
  data map[string]bytes
  stringData map[string]string
  type string

type ServiceAccount
  metadata ObjectMeta
  secrets []ObjectReference key=name merge=name
  imagePullSecrets []LocalObjectReference
  automountServiceAccountToken *bool

type ServicePort
  name string
  protocol string default=TCP
  appProtocol *string
  port! int32
  targetPort IntOrString
  nodePort int32

type ClientIPConfig
  timeoutSeconds *int32

type SessionAffinityConfig
  clientIP *ClientIPConfig

type ServiceSpec
  ports []ServicePort key=port,protocol merge=port
  selector map[string]string atomic
  clusterIP string
  clusterIPs []string
  type string
  externalIPs []string
  sessionAffinity string
  loadBalancerIP string
  loadBalancerSourceRanges []string
  externalName string
  externalTrafficPolicy string
  healthCheckNodePort int32
  publishNotReadyAddresses bool
  sessionAffinityConfig *SessionAffinityConfig
  ipFamilies []string
  ipFamilyPolicy *string
  allocateLoadBalancerNodePorts *bool
  loadBalancerClass *string
  internalTrafficPolicy *string
  trafficDistribution *string

type LoadBalancerIngress
  ip string
  hostname string
  ipMode *string
  ports []any

type LoadBalancerStatus
  ingress []LoadBalancerIngress

type ServiceStatus
  loadBalancer LoadBalancerStatus
  conditions []Condition key=type merge=type

type Service
  metadata ObjectMeta
  spec ServiceSpec
  status ServiceStatus

type EndpointAddress atomic
  ip! string
  hostname string
  nodeName *string
  targetRef *ObjectReference

type EndpointPort atomic
  name string
  port! int32
  protocol string
  appProtocol *string

type EndpointSubset
  addresses []EndpointAddress
  notReadyAddresses []EndpointAddress
  ports []EndpointPort

type Endpoints
  metadata ObjectMeta
  subsets []EndpointSubset

type EventSource
  component string
  host string

type EventSeries
  count int32
  lastObservedTime MicroTime

type Event
  metadata! ObjectMeta
  involvedObject! ObjectReference
  reason string
  message string
  source EventSource
  firstTimestamp! Time
  lastTimestamp! Time
  count int32
  type string
  eventTime! MicroTime
  series *EventSeries
  action string
  related *ObjectReference
  reportingComponent! string
  reportingInstance! string

type EventsEventSeries
  count! int32
  lastObservedTime! MicroTime

# events.k8s.io/v1
type EventsEvent
  metadata ObjectMeta
  eventTime! MicroTime
  series *EventsEventSeries
  reportingController string
  reportingInstance string
  action string
  reason string
  regarding ObjectReference
  related *ObjectReference
  note string
  type string
  deprecatedSource EventSource
  deprecatedFirstTimestamp! Time
  deprecatedLastTimestamp! Time
  deprecatedCount int32

type NodeAddress
  type! string
  address! string

type Taint
  key! string
  value string
  effect! string
  timeAdded *Time

type NodeSpec
  podCIDR string
  podCIDRs []string set merge
  providerID string
  unschedulable bool
  taints []Taint

type NodeCondition
  type! string
  status! string
  lastHeartbeatTime *Time
  lastTransitionTime *Time
  reason string
  message string

type NodeSystemInfo
  machineID! string
  systemUUID! string
  bootID! string
  kernelVersion! string
  osImage! string
  containerRuntimeVersion! string
  kubeletVersion! string
  kubeProxyVersion! string
  operatingSystem! string
  architecture! string

type NodeStatus
  capacity map[string]Quantity
  allocatable map[string]Quantity
  phase string
  conditions []NodeCondition key=type merge=type
  addresses []NodeAddress key=type merge=type
  daemonEndpoints any
  nodeInfo NodeSystemInfo
  images []any

type Node
  metadata ObjectMeta
  spec NodeSpec
  status NodeStatus
)";

} // namespace xtn::sandbox::objects
