#include "cli/audit/event_printer.hpp"

#include "cli/audit/words.hpp"
#include "core/event/event_json.hpp"
#include "core/event/printer.hpp"
#include "core/model/yaml_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <ostream>

namespace xtn::audit {

EventPrinter::EventPrinter(const Output &output, Stream stream, Columns columns)
    : output_(output), stream_(stream), columns_(columns) {
    if (output.format != Format::table) return;
    if (columns == Columns::log)
        table_.emplace(output, std::vector<std::string>{"#", "TIME (UTC)", "TYPE", "SUBJECT", "BY", "WHAT"});
    else
        table_.emplace(output, std::vector<std::string>{"#", "TIME (UTC)", "AFTER", "TYPE", "BY", "WHAT"});
}

EventPrinter::~EventPrinter() {
    finish();
}

void EventPrinter::print(const Event &event) {
    ++printed_;
    switch (output_.format) {
    case Format::jsonl:
        output_.out << boost::json::serialize(event_to_json(stream_, event)) << '\n';
        return;
    case Format::json:
        output_.out << (printed_ == 1 ? "[\n  " : ",\n  ") << pretty_json(event_to_json(stream_, event), 2);
        return;
    case Format::yaml: // one-element lists, one behind the other, are one list
        output_.out << yaml_text(boost::json::array{event_to_json(stream_, event)});
        return;
    case Format::table:
        break;
    }
    const Tint tint = tint_of(event);
    const std::string number = "#" + std::to_string(event.seq.value);
    if (columns_ == Columns::log) {
        table_->row({number,
                     time_text(event.time),
                     {event.type.substr(0, event.type.rfind('/')), tint},
                     event.subject.text,
                     who(event),
                     summary(event)});
    } else {
        const std::string after =
            before_ && event.time > *before_ ? "+" + duration_text(event.time.since(*before_)) : std::string();
        table_->row({number,
                     time_text(event.time),
                     after,
                     {event.type.substr(0, event.type.rfind('/')), tint},
                     who(event),
                     summary(event)});
    }
    before_ = event.time;
}

void EventPrinter::flush() {
    if (table_) table_->flush();
    output_.out.flush();
}

void EventPrinter::finish() {
    if (finished_) return;
    finished_ = true;
    if (output_.format == Format::json) output_.out << (printed_ == 0 ? "[]\n" : "\n]\n");
    if (output_.format == Format::yaml && printed_ == 0) output_.out << "[]\n";
    if (table_ && printed_ == 0)
        output_.out << "No events.\n";
    else
        flush();
}

} // namespace xtn::audit
