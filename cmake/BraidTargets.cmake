# braid_library(NAME SRCS ... DEPS ...): a static library of one layer; its DEPS are the architecture.
# braid_test(NAME SRCS ... DEPS ...):    one test program; every gtest case is a ctest test.
# braid_bench(NAME SRCS ... DEPS ...):   one Google Benchmark program, run briefly by ctest.
include(GoogleTest OPTIONAL)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(braid_flags INTERFACE)
target_include_directories(braid_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
  $<INSTALL_INTERFACE:include>)
target_compile_features(braid_flags INTERFACE cxx_std_20)
if(BRAID_STRICT)  # here only: who installs Braid gets no warning flags from it
  target_compile_options(braid_flags INTERFACE
    $<BUILD_INTERFACE:-Wall> $<BUILD_INTERFACE:-Wextra> $<BUILD_INTERFACE:-Werror>
    $<BUILD_INTERFACE:$<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>>)
  # g++ 12 sees overlapping copies inside std::string where there are none (GCC bug 105329).
  target_compile_options(braid_flags INTERFACE
    $<BUILD_INTERFACE:$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict>>)
endif()
if(BRAID_SANITIZE)
  # What a sanitizer finds fails the test that met it. Warnings stay warnings: g++ draws false ones from
  # code that it instruments, and the other presets prove the true ones.
  target_compile_options(braid_flags INTERFACE -fsanitize=${BRAID_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -Wno-error)
  target_link_options(braid_flags INTERFACE -fsanitize=${BRAID_SANITIZE})
endif()
if(BRAID_SANITIZE MATCHES thread)
  target_link_libraries(braid_flags INTERFACE $<BUILD_INTERFACE:braid_tsan>)
  # Asio has fences, which TSan does not follow; it does not rest on them.
  target_compile_options(braid_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
if(BRAID_BUILD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "BRAID_BUILD_FUZZ needs clang")
  endif()
  # Without "function", which clang 14 cannot have in a coroutine; with assertions, which find more.
  target_compile_options(braid_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize=function -fno-sanitize-recover=undefined -fno-omit-frame-pointer -UNDEBUG)
  target_link_options(braid_flags INTERFACE -fsanitize=address,undefined)
endif()

function(braid_library NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_library(${NAME} STATIC ${ARG_SRCS})
  target_link_libraries(${NAME} PUBLIC braid_flags ${ARG_DEPS})
endfunction()

function(braid_test NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SRCS})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  # The tests' own code: built fast rather than fast, and spared the warnings that its macros and its
  # half-written aggregates draw.
  target_compile_options(${NAME} PRIVATE $<$<CONFIG:Release>:-O1> -Wno-missing-field-initializers
    $<$<CXX_COMPILER_ID:GNU>:-Wno-dangling-else> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  set(timeout 120)
  if(BRAID_SANITIZE)
    set(timeout 600)  # instrumented code runs several times slower
  endif()
  gtest_discover_tests(${NAME} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${timeout})
endfunction()

function(braid_bench NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SRCS})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} benchmark::benchmark benchmark::benchmark_main)
  if(BRAID_BUILD_TESTS)
    add_test(NAME bench.${NAME} COMMAND ${NAME} --benchmark_min_time=0.01)
  endif()
endfunction()
