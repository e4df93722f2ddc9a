// What folds the control stream: the state of everything up to some event, and nothing else. So it can be kept as a snapshot and
// taken up again: the snapshot and the events behind it give the very state that all events give.
#pragma once

#include "core/event/event.hpp"

#include <boost/json/value.hpp>

namespace xtn {

class Projection {
  public:
    virtual ~Projection() = default;
    // Folds one event. Total: an event it does not know changes nothing. The event may be lent (LogReader::scan_lent): of its
    // payload only copies with a storage of their own are kept.
    virtual void apply(const Event &event) = 0;
    // The whole state, canonical: equal logs give equal bytes.
    virtual boost::json::value serialize() const = 0;
    // Becomes exactly what serialize() showed: the next serialize() gives the same bytes, and every later event is folded as by
    // the one that was serialized. Errors: data_corrupted (a value of another form, with the path), unsupported (this one is only
    // ever replayed); it is then as it was.
    virtual Status restore(const boost::json::value &state) {
        (void)state;
        return make_error(Code::unsupported, "this state cannot be restored");
    }

  protected:
    Projection() = default;
    Projection(const Projection &) = default;
    Projection(Projection &&) = default;
    Projection &operator=(const Projection &) = default;
    Projection &operator=(Projection &&) = default;
};

} // namespace xtn
