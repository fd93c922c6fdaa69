# The flags of our own targets. Generated code and third parties never see them.
add_library(tocsin_warnings INTERFACE)
target_compile_options(tocsin_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wno-missing-field-initializers
  -Werror=unused-result)
if(TOCSIN_WERROR)
  target_compile_options(tocsin_warnings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(tocsin_warnings INTERFACE -Wthread-safety)
endif()

add_library(tocsin_hardening INTERFACE)
target_compile_options(tocsin_hardening INTERFACE -fstack-protector-strong -fPIE)
target_compile_definitions(tocsin_hardening INTERFACE _GLIBCXX_ASSERTIONS)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT TOCSIN_SANITIZE)
  target_compile_options(tocsin_hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(tocsin_hardening INTERFACE -pie -Wl,-z,relro,-z,now)

add_library(tocsin_sanitize INTERFACE)
if(TOCSIN_SANITIZE)
  target_compile_options(tocsin_sanitize INTERFACE -fsanitize=${TOCSIN_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(tocsin_sanitize INTERFACE -fsanitize=${TOCSIN_SANITIZE})
endif()

find_program(TOCSIN_MOLD mold)
if(TOCSIN_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

find_program(TOCSIN_CCACHE ccache)
if(TOCSIN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TOCSIN_CCACHE})
endif()

# tocsin_library(NAME SOURCES ... PUBLIC ... PRIVATE ...): a layer as a static library, `tocsin::NAME`.
function(tocsin_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(tocsin_${name} STATIC ${ARG_SOURCES})
  add_library(tocsin::${name} ALIAS tocsin_${name})
  target_include_directories(tocsin_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(tocsin_${name} PUBLIC ${ARG_PUBLIC} tocsin_sanitize
                        PRIVATE ${ARG_PRIVATE} tocsin_warnings tocsin_hardening)
endfunction()

# tocsin_executable(TARGET SOURCES ... LINK ...)
function(tocsin_executable target)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${target} ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${ARG_LINK} tocsin_sanitize tocsin_warnings tocsin_hardening)
endfunction()
