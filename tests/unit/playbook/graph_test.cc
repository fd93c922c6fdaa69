#include "server/playbook/graph.h"

#include "tests/support/catch.h"
#include "tests/unit/playbook/builders.h"

namespace tocsin::playbook {

TEST_CASE("Graph: needs and dependents are each other's reverse", "[playbook]") {
  const Definition definition =
      ADefinition({AStep("join", {"left", "right"}), AStep("left"), AStep("right", {"left"})});
  const Graph graph(definition);

  CHECK(graph.Find("right") == 2U);
  CHECK_FALSE(graph.Find("middle").has_value());
  CHECK(graph.needs(0) == std::vector<size_t>{1, 2});
  CHECK(graph.dependents(1) == std::vector<size_t>{0, 2});
  CHECK(graph.dependents(0).empty());
  CHECK(graph.FindCycle().empty());
}

TEST_CASE("Graph: faulty definitions are accepted, for the validator to name the fault",
          "[playbook]") {
  const Definition definition =
      ADefinition({AStep("a"), AStep("a", {"nowhere"}), AStep("b", {"a"})});
  const Graph graph(definition);

  CHECK(graph.Find("a") == 0U);
  CHECK(graph.needs(1).empty());
  CHECK(graph.needs(2) == std::vector<size_t>{0});
}

TEST_CASE("Graph: a cycle is found without the steps before and behind it", "[playbook]") {
  const Definition definition = ADefinition(
      {AStep("before"), AStep("x", {"before", "y"}), AStep("y", {"x"}), AStep("behind", {"y"})});

  CHECK(Graph(definition).FindCycle() == std::vector<size_t>{1, 2});
}

}  // namespace tocsin::playbook
