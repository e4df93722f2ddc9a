// The one redaction table (design rule 10): whatever in a custom resource may carry a credential enters the log only as an HMAC
// under the redaction key. Pure: the same value under the same key gives the same text, so that a change still shows.
//
// What is looked at: member names ("password", "client-secret"), key=value lines inside texts (configuration files, JVM options,
// JDBC URLs), name/value pairs (env), user:password@ in URLs, and private keys by their look. References to Secrets
// (secretName, passwordSecret: {name, key}, ${ENV:...}) stay readable: they are needed and hold nothing secret.
#pragma once

#include "adapters/kube/hidden_values.hpp"
#include "core/base/redaction_key.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace xtn::ingest {

class Redactor {
  public:
    explicit Redactor(const RedactionKey &key) : key_(key) {}

    // Replaces in place. Returns what was taken out and what stands in its place: for scrub(), and to put it back into objects.
    std::vector<HiddenValue> redact(boost::json::object &spec) const;
    // `text` without any of the secrets (an error message may quote what it complains about).
    static std::string scrub(std::string text, const std::vector<HiddenValue> &secrets);

    // Whether a member or property of this name may hold a credential.
    static bool credential_name(std::string_view name);

  private:
    class Walk;
    const RedactionKey &key_;
};

} // namespace xtn::ingest
