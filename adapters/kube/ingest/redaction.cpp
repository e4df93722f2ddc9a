#include "adapters/kube/ingest/redaction.hpp"

#include <algorithm>
#include <array>

namespace xtn::ingest {
namespace json = boost::json;

namespace {

// ---- the table ----

// A name holds a credential when, in lower case and without - _ . and blanks, it contains one of these.
constexpr std::array credential_words{"password",  "passphrase", "passwd",     "secret",     "accesskey",    "privatekey",
                                      "apikey",    "token",      "credential", "keytab",     "htpasswd",     "authorization",
                                      "sharedkey", "accountkey", "saskey",     "signingkey", "encryptionkey"};
// ... unless it ends like a reference: the value is the name or place of a Secret, a path or a switch.
constexpr std::array reference_endings{
    "Secret", "SecretName", "SecretRef", "SecretRefs", "SecretClass", "SecretKeyRef", "secretName", "Secrets", "Mounts", "File",
    "Path",   "Enabled",    "-file",     ".file",      "-files",      ".files",       "-path",      ".path",   "-type",  ".type",
    "-name",  ".name",      "-enabled",  ".enabled",   "-uri",        "-url",         "-pattern",   ".pattern"};
// A text that looks like a credential whatever its name is.
constexpr std::array credential_looks{"PRIVATE KEY-----", "\"private_key\"", "client_secret", "BEGIN OPENSSH"};
// A value that only points at a credential.
constexpr std::array reference_starts{"${", "$(", "/"};

// ---- how it is applied ----

bool blank_or_separator(char c) {
    return c == '-' || c == '_' || c == '.' || c == ' ' || c == '\t';
}

std::string squeezed(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (!blank_or_separator(c)) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return out;
}

bool key_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_reference(std::string_view value) {
    return value.empty() || value.starts_with(placeholder_prefix) ||
           std::any_of(reference_starts.begin(), reference_starts.end(),
                       [&](std::string_view s) { return value.starts_with(s); });
}

std::string_view text_of(const json::value &value) {
    const auto *text = value.if_string();
    return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

} // namespace

bool Redactor::credential_name(std::string_view name) {
    // "passwordSecret" names a Secret, "client-secret" is one.
    if (std::any_of(reference_endings.begin(), reference_endings.end(),
                    [&](std::string_view end) { return name.ends_with(end); }))
        return false;
    const auto plain = squeezed(name);
    return std::any_of(credential_words.begin(), credential_words.end(),
                       [&](std::string_view word) { return plain.find(word) != std::string::npos; });
}

class Redactor::Walk {
  public:
    explicit Walk(const RedactionKey &key) : key_(key) {}
    std::vector<HiddenValue> taken;

    void object(json::object &o, const std::string &path) {
        // {name: X, value: Y}: the name says what the value is.
        const auto *named = o.if_contains("name");
        const bool pair = named && credential_name(text_of(*named)) && o.contains("value");
        for (auto &member : o) {
            const std::string name(member.key());
            std::string here = path;
            here.append(".").append(name);
            const bool secret = credential_name(name) || (pair && name == "value");
            value(member.value(), here, secret);
        }
    }

  private:
    void value(json::value &v, const std::string &path, bool secret) {
        if (auto *o = v.if_object()) return object(*o, path);
        if (auto *list = v.if_array()) {
            for (auto &item : *list)
                value(item, path, secret);
            return;
        }
        if (secret && (v.is_int64() || v.is_uint64())) { // a numeric PIN is a credential as well
            const auto digits = v.is_int64() ? std::to_string(v.get_int64()) : std::to_string(v.get_uint64());
            v = replacement(path, digits);
            return;
        }
        const auto *text = v.if_string();
        if (!text) return;
        std::string old(text->data(), text->size());
        auto next = secret ? whole(path, old) : inside(path, old);
        if (next != old) v = next;
    }

    std::string replacement(const std::string &purpose, std::string_view secret) {
        auto placeholder = std::string(placeholder_prefix) + key_.redact(purpose, secret).hex;
        taken.push_back({placeholder, std::string(secret)});
        return placeholder;
    }
    std::string whole(const std::string &path, const std::string &text) {
        return is_reference(text) ? text : replacement(path, text);
    }
    std::string inside(const std::string &path, const std::string &text) {
        if (std::any_of(credential_looks.begin(), credential_looks.end(),
                        [&](std::string_view look) { return text.find(look) != std::string::npos; }))
            return replacement(path, text);
        return url_passwords(path, assignments(path, text));
    }

    // "a.password=x", "-Djavax.net.ssl.trustStorePassword=x", "jdbc:...?password=x&y=z", "password: x": the part after the sign,
    // up to a separator or the end of the line.
    std::string assignments(const std::string &path, const std::string &text) {
        std::string out;
        std::size_t copied = 0;
        for (std::size_t at = text.find_first_of("=:"); at != std::string::npos; at = text.find_first_of("=:", at + 1)) {
            std::size_t begin = at;
            while (begin > copied && text[begin - 1] == ' ')
                --begin;
            const std::size_t name_end = begin;
            while (begin > copied && key_character(text[begin - 1]))
                --begin;
            const auto name = std::string_view(text).substr(begin, name_end - begin);
            if (name.empty() || !credential_name(name)) continue;
            std::size_t value = at + 1;
            while (value < text.size() && (text[value] == ' ' || text[value] == '"' || text[value] == '\''))
                ++value;
            // A property's value goes to the end of its line; one in a URL ends at the next parameter.
            const bool in_url = text.find("://") < begin || text.find("jdbc:") < begin;
            const auto end = std::min(text.find_first_of(in_url ? "&;\r\n \"'" : "\r\n", value), text.size());
            const auto secret = std::string_view(text).substr(value, end - value);
            if (is_reference(secret)) continue;
            out.append(text, copied, value - copied).append(replacement(path + "." + std::string(name), secret));
            copied = end;
            if (end >= text.size()) break;
            at = end;
        }
        return out.append(text, copied);
    }
    // "scheme://user:secret@host"
    std::string url_passwords(const std::string &path, const std::string &text) {
        std::string out;
        std::size_t copied = 0;
        for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
            const auto stop = std::min(text.find_first_of("/?# \r\n", at + 3), text.size());
            const auto host = text.rfind('@', stop);
            if (host == std::string::npos || host < at + 3 || host >= stop) continue;
            const auto colon = text.find(':', at + 3);
            if (colon >= host || colon < copied) continue;
            const auto secret = std::string_view(text).substr(colon + 1, host - colon - 1);
            if (is_reference(secret)) continue;
            out.append(text, copied, colon + 1 - copied).append(replacement(path, secret));
            copied = host;
        }
        return out.append(text, copied);
    }

    const RedactionKey &key_;
};

std::vector<HiddenValue> Redactor::redact(json::object &spec) const {
    Walk walk(key_);
    walk.object(spec, "spec");
    return std::move(walk.taken);
}

std::string Redactor::scrub(std::string text, const std::vector<HiddenValue> &secrets) {
    for (const auto &hidden : secrets) {
        const auto &secret = hidden.value;
        if (secret.empty()) continue;
        constexpr std::string_view instead = "(redacted)";
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + instead.size()))
            text.replace(at, secret.size(), instead);
    }
    return text;
}

} // namespace xtn::ingest
