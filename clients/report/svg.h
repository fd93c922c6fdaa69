// A picture as inline SVG: attributes only, no style, script, link or reference, so that it stands
// in a page whose policy forbids all of these.
#pragma once

#include <string>
#include <string_view>

#include "clients/report/picture.h"

namespace tocsin::report {

/// `id` begins the ids of title and description, which must be unique in the page.
std::string RenderSvg(const Picture& picture, std::string_view id);

}  // namespace tocsin::report
