#include "adapters/sandbox/objects/types.hpp"

namespace xtn::sandbox::objects {

const std::string_view meta_types = R"(
type OwnerReference atomic
  apiVersion! string
  kind! string
  name! string
  uid! string
  controller *bool
  blockOwnerDeletion *bool

type ManagedFieldsEntry
  manager string
  operation string
  apiVersion string
  time *Time
  fieldsType string
  fieldsV1 *any
  subresource string

type ObjectMeta
  name string
  generateName string
  namespace string
  selfLink string
  uid string
  resourceVersion string
  generation int64
  creationTimestamp *Time
  deletionTimestamp *Time
  deletionGracePeriodSeconds *int64
  labels map[string]string
  annotations map[string]string
  ownerReferences []OwnerReference key=uid merge=uid
  finalizers []string set merge
  managedFields []ManagedFieldsEntry

type LabelSelectorRequirement
  key! string
  operator! string
  values []string

type LabelSelector atomic
  matchLabels map[string]string
  matchExpressions []LabelSelectorRequirement

type Condition
  type! string
  status! string
  observedGeneration int64
  lastTransitionTime! Time
  reason! string
  message! string
)";

} // namespace xtn::sandbox::objects
