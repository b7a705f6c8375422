# SPDX-License-Identifier: Apache-2.0
# Compiler settings for every target: C17, all warnings as errors, hardened by default, sanitizers by preset.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(WEIR_SANITIZE "" CACHE STRING "sanitizers, comma separated (address,undefined,fuzzer-no-link)")

add_compile_definitions(_GNU_SOURCE WEIR_VERSION="${PROJECT_VERSION}")
add_compile_options(
  -Wall -Wextra -Werror -Wshadow -Wpointer-arith
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough -Wno-unused-parameter
  -fno-strict-aliasing -fno-common -fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro -Wl,-z,now -pie)
if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
endif()
