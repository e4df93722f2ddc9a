// A list of events in any output format, as they come.
#pragma once

#include "cli/audit/output.hpp"
#include "core/event/event.hpp"

#include <optional>

namespace xtn::audit {

class EventPrinter {
  public:
    enum class Columns { log, timeline }; // a timeline has one subject and shows the time that went by
    EventPrinter(const Output &output, Stream stream, Columns columns);
    EventPrinter(const EventPrinter &) = delete;
    EventPrinter &operator=(const EventPrinter &) = delete;
    ~EventPrinter(); // finish()

    void print(const Event &event);
    void flush(); // shows what was held back for alignment
    void finish();

  private:
    const Output &output_;
    Stream stream_;
    Columns columns_;
    std::optional<Table> table_;
    std::optional<Timestamp> before_;
    std::size_t printed_ = 0;
    bool finished_ = false;
};

} // namespace xtn::audit
