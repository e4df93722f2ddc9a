// HTTP answers in the shapes of a real server: same headers in the same order, same texts.
#pragma once

#include "netkit/http_server.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtn::sandbox::trino {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// 200 with a JSON body, compressed when the client takes gzip. `extra` comes before Content-Type, as Trino's state headers do.
void answer_json(netkit::Exchange &exchange, std::string body, const HeaderList &extra = {});
// 200 with any other body.
void answer_text(netkit::Exchange &exchange, std::string_view content_type, std::string body);
// "Error 404 Not Found: HTTP 404 Not Found" and the like; `text` without the "Error ..." part is the standard one when empty.
void answer_error(netkit::Exchange &exchange, int status, std::string_view text = {});
// A status without a body (204, 405, 406).
void answer_empty(netkit::Exchange &exchange, int status, const HeaderList &headers = {});
// 401 that asks for Basic authentication.
void answer_unauthorized(netkit::Exchange &exchange, std::string text);

// Whether the client takes gzip, by Accept-Encoding (q-values, "*", any case).
bool accepts_gzip(std::string_view accept_encoding);
std::string gzip(std::string_view bytes);

} // namespace xtn::sandbox::trino
