// The log over HTTP, for `xtn-audit --server`: what a LogReader offers, plus the running World's state.
//
// Below /api/v1/audit, all GET:
//
//   /head                                   {"logId", "control": {seq, epoch, time, chain}, "queries": {...}, "first": {...}}
//   /events?stream&from&limit               {"events": [...], "next": N} (event_json.hpp; limit at most 1000)
//   /events/{stream}/{seq}                  one event
//   /follow?stream&after                    JSON lines as they become durable; an empty line as heartbeat
//   /subjects?stream&prefix                 {"subjects": [...]}
//   /subjects/seqs?stream&subject&limit     {"seqs": [...]}
//   /blobs/{digest}                         the manifest
//   /verify?stream                          {"events": N, "head": {...}}, once the whole chain was recomputed
//   /verify/content                         {"blobs", "unreferenced", "indexed", "skipped"}, once all of it was checked
//   /state                                  World::serialize(), canonical; header X-XTrinode-Seq: the durable position
//
// Errors are {"error": {"code": STATUS, "message", "reason": "data_corrupted"}}: 400 for a parameter that is wrong, 404 for what
// is not there, 503 for more than 16 followers at a time. `stream` is control unless given. Every answer shows durable events
// only.
#pragma once

#include "core/engine/engine.hpp"
#include "core/log/log.hpp"
#include "netkit/http_server.hpp"

namespace xtn {

// To be mounted at "/api/v1/audit". `engine` and `log` must outlive the server it is mounted on. Followers have threads of their
// own, which end with their client or with the handler.
netkit::Server::Handler audit_api(Engine &engine, const LogReader &log);

} // namespace xtn
