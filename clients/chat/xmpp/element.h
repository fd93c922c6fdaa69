// An XML element as a plain value, so that what the protocol means can be worked out, and tested,
// without a connection.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::chat {

struct Element {
  std::string name;
  /// Namespace; inherited when it is empty.
  std::string xmlns;
  std::map<std::string, std::string> attributes;
  /// All text directly in it, joined.
  std::string text;
  std::vector<Element> children;

  /// Empty when it has none of that name.
  std::string Attribute(const std::string& key) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? "" : found->second;
  }
  /// The first child of that name, and namespace unless empty; nullptr when there is none.
  const Element* Child(std::string_view child_name, std::string_view child_xmlns = "") const {
    for (const Element& child : children) {
      if (child.name == child_name && (child_xmlns.empty() || child.xmlns == child_xmlns)) {
        return &child;
      }
    }
    return nullptr;
  }
  std::string ChildText(std::string_view child_name) const {
    const Element* child = Child(child_name);
    return child == nullptr ? "" : child->text;
  }
  Element& Add(Element child) {
    children.push_back(std::move(child));
    return *this;
  }
};

/// "ada@chat.example" of "ada@chat.example/phone", in lower case (of ASCII letters).
std::string BareJid(std::string_view jid);
/// "phone"; empty when there is none.
std::string ResourceOfJid(std::string_view jid);
/// `text` without what no XML document may hold.
std::string XmlText(std::string_view text);

}  // namespace tocsin::chat
