# tocsin_test(NAME LABEL unit SOURCES ... LINK ...): one Catch2 program, every TEST_CASE its own ctest entry.
function(tocsin_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  tocsin_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK} Catch2::Catch2WithMain)
  target_compile_definitions(${name} PRIVATE TOCSIN_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             TOCSIN_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
