// Random CACAO playbooks that are good: every kind of step, nested, with branches that end with end
// steps of their own. The same seed gives the same playbook.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/library/cacao_samples.h"

namespace tocsin::library {

class CacaoGenerator {
 public:
  explicit CacaoGenerator(uint64_t seed) : random_(seed) {}

  nlohmann::json Make() {
    const std::string first = Sequence(1 + Below(4), Id("end", 1), /*depth=*/0);
    workflow_[Id("start", 1)] = Start(first);
    nlohmann::json document = Cacao(workflow_);
    document["name"] = Word();
    document["priority"] = Below(101);
    document["playbook_variables"] = {
        {"__global__", {{"type", "string"}, {"value", nullptr}, {"constant", false}}}};
    if (Below(2) == 0) document["labels"] = {Word(), "\u00fcber \U0001F512 \"quoted\" \\ \n\t"};
    if (Below(3) == 0) {
      document["extension_definitions"] = {{Id("extension-definition", 5),
                                            {{"type", "extension-definition"},
                                             {"name", "Layout"},
                                             {"created_by", Id("identity", 1)},
                                             {"schema", "x and y"},
                                             {"version", "1.0.0"}}}};
      document["playbook_extensions"] = {{Id("extension-definition", 5), {{"pos", {1.5, 2e-3}}}}};
    }
    return document;
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }

  std::string New(std::string_view type) { return Id(type, ++last_); }

  std::string Word() {
    const std::vector<std::string> words = {
        "Isolate the host", "Block",
        "Ask: \"why?\"",    "yes",
        "a # b: c",         "\u00dcberpr\u00fcfen \u2013 sofort",
        "- [x] {done}",     "  padded  ",
        "two\nlines",       "Block"};
    return words[Below(words.size())];
  }

  std::string Text() {
    const std::vector<std::string> texts = {
        "One line.",
        "First.\n\n    code: |\n\nLast: # 'x' \"y\"\n",
        "```\nfence\n```\n\ttab",
        "Trailing blank \nnext\n",
        "   indented at first\nthen not",
        "\u2028 line separator, \u00a0 no-break, \U0001F680",
        "\r\nwindows\r\nlines\r\n",
        "% @ & * ! | > ? - : , [ ] { } `",
    };
    return texts[Below(texts.size())];
  }

  // `count` things after each other, the last one leading to `next`; gives the first one's id.
  std::string Sequence(uint64_t count, std::string next, int depth) {
    for (uint64_t i = 0; i < count; ++i) next = One(next, depth);
    return next;
  }

  std::string Branch(int depth) {
    const std::string end = New("end");
    workflow_[end] = {{"type", "end"}};
    return Sequence(1 + Below(2), end, depth + 1);
  }

  std::string Put(std::string_view type, nlohmann::json step) {
    const std::string id = New(type);
    step["type"] = std::string(type);
    if (Below(4) != 0) step["name"] = Word();
    if (Below(2) == 0) step["description"] = Text();
    if (Below(4) == 0) step["timeout"] = 1 + Below(1'000'000);
    if (Below(6) == 0) step["delay"] = Below(100'000);
    if (Below(8) == 0) {
      step["external_references"] = {{{"name", "Source"}, {"url", "https://x.example/a?b=c#d"}}};
    }
    workflow_[id] = std::move(step);
    return id;
  }

  // Leads to `next`, sometimes by success and failure.
  nlohmann::json Next(const std::string& next, int depth) {
    const uint64_t kind = Below(8);
    if (kind == 0) return {{"on_success", next}, {"on_failure", Handler(next, depth)}};
    if (kind == 1 && depth == 0) return {{"on_success", next}};
    return {{"on_completion", next}};
  }

  std::string Handler(const std::string& next, int depth) {
    nlohmann::json action = Action("handle", "");
    if (Below(2) == 0) {
      action["on_completion"] = next;
    } else {
      action["on_success"] = next;
      action["on_failure"] = Put("action", Action("give up", depth == 0 ? Id("end", 1) : next));
    }
    return Put("action", action);
  }

  std::string One(const std::string& next, int depth) {
    const uint64_t kind = depth >= 3 ? Below(4) : Below(9);
    nlohmann::json step = Next(next, depth);
    if (kind < 4) return Work(step, kind);
    if (kind == 4) {
      step["next_steps"] = {Branch(depth), Branch(depth)};
      if (Below(2) == 0) step["next_steps"].push_back(Branch(depth));
      return Put("parallel", step);
    }
    if (kind == 5 || kind == 6) {
      step["condition"] = "__global__:value = 'x'";
      step["on_true"] = Branch(depth);
      if (Below(2) == 0) step["on_false"] = Branch(depth);
      return Put("if-condition", step);
    }
    if (kind == 7) {
      step["condition"] = "__global__:value != ''";
      step["on_true"] = Branch(depth);
      return Put("while-condition", step);
    }
    step["switch"] = "__global__:value";
    step["cases"] = {{"one", Branch(depth)}, {"2", Branch(depth)}};
    if (Below(2) == 0) step["cases"]["default"] = Branch(depth);
    return Put("switch-condition", step);
  }

  std::string Work(nlohmann::json step, uint64_t kind) {
    if (kind == 0 && Below(3) == 0) {
      step["playbook_id"] = Id("playbook", 9);
      return Put("playbook-action", step);
    }
    step["agent"] = Id("individual", 1);
    step["commands"] = {{{"type", kind == 1 ? "bash" : "manual"}, {"command", "Do. " + Text()}}};
    if (kind == 2) step["commands"].push_back({{"type", "x-new"}, {"command_b64", "AAECAw=="}});
    if (Below(3) == 0) {
      step["step_variables"] = {{"__local__", {{"type", Below(2) == 0 ? "integer" : "bool"}}}};
      step["out_args"] = {"__local__", "__global__"};
    }
    return Put("action", step);
  }

  std::mt19937_64 random_;
  uint64_t last_ = 100;
  nlohmann::json workflow_ = nlohmann::json::object();
};

}  // namespace tocsin::library
