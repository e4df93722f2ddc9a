// The rules of an XTrinode in the groups and the order of spec 10 §9.1. Internal to core/model; read_xtrinode runs them all.
#pragma once

#include "core/model/field_report.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace xtn::rules {

// One resource under examination: its spec with defaults applied and members of the wrong type taken out.
struct Subject {
    const std::string &name;
    const boost::json::object &spec;
    const NodePoolPolicy &policy;
};

inline constexpr std::string_view pool_label = "xtrinode.analytics.xtrinode.io/node-pool";
// nodePool.name or "<name>-pool".
std::string pool_name(const Subject &subject);

// Takes members of the wrong type out of `spec` and reports each: what a typed client could not even decode (spec 10 §7.2).
void check_types(boost::json::object &spec, FieldReport &report);

void size_and_workers(const Subject &subject, FieldReport &report);   // S1-S6
void node_pool(const Subject &subject, FieldReport &report);          // N1-N15
void routing(const Subject &subject, FieldReport &report);            // G1-G3
void resources(const Subject &subject, FieldReport &report);          // R1-R3
void placement(const Subject &subject, FieldReport &report);          // P1-P7
void keda(const Subject &subject, FieldReport &report);               // K1-K5
void tls(const Subject &subject, FieldReport &report);                // T1, T2
void limits(const Subject &subject, FieldReport &report);             // L1-L6
void fault_tolerance(const Subject &subject, FieldReport &report);    // F1-F8
void pool_defaults(const Subject &subject, FieldReport &report);      // O1-O6
void rollout_policy(const Subject &subject, FieldReport &report);     // U1-U5
void chart_config(const Subject &subject, FieldReport &report);       // H1-H5
void control_auth(const Subject &subject, FieldReport &report);       // C1-C5
void overlay_denied(const Subject &subject, FieldReport &report);     // V1-V14, A1
void overlay_auth(const Subject &subject, FieldReport &report);       // B1-B5
void memory_bounds(const Subject &subject, FieldReport &report);      // M1-M3
void node_pool_warnings(const Subject &subject, FieldReport &report); // W8, W9
void inert_input(const Subject &subject, FieldReport &report);        // accepted and without effect: spec 10 §17 points 4, 5, 9

} // namespace xtn::rules
