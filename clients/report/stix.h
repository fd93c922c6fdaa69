// A bundle as STIX 2.1 for CSIRTs and threat intelligence: an incident, a note for every entry that
// a person wrote, indicators from the impact fact `indicators` and from the entries' attributes,
// and a report that holds them together.
#pragma once

#include <string>
#include <vector>

#include "clients/report/bundle.h"

namespace tocsin::report {

/// Ids are UUIDv5 of what they stand for, times are the record's: the same bundle gives the same
/// bytes, and a later export of the same incident the same ids with a later `modified` of the
/// report. Objects carry the TLP 2.0 marking of their entry.
std::string RenderStix(const Bundle& bundle);

/// The STIX pattern of one indicator: an IPv4 or IPv6 address, a domain, a URL or a file hash, also
/// when it is written disarmed ("hxxp", "[.]"). Empty when `text` is none of these.
std::string StixPattern(const std::string& text);

}  // namespace tocsin::report
