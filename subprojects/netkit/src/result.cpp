#include "netkit/result.hpp"

namespace netkit {

std::string_view code_name(Code code) {
    switch (code) {
    case Code::invalid_argument:
        return "invalid_argument";
    case Code::not_found:
        return "not_found";
    case Code::already_exists:
        return "already_exists";
    case Code::conflict:
        return "conflict";
    case Code::gone:
        return "gone";
    case Code::unavailable:
        return "unavailable";
    case Code::deadline_exceeded:
        return "deadline_exceeded";
    case Code::cancelled:
        return "cancelled";
    case Code::data_corrupted:
        return "data_corrupted";
    case Code::fenced:
        return "fenced";
    case Code::resource_exhausted:
        return "resource_exhausted";
    case Code::permission_denied:
        return "permission_denied";
    case Code::unsupported:
        return "unsupported";
    case Code::internal:
        return "internal";
    }
    return "internal";
}

} // namespace netkit
