# SPDX-License-Identifier: Apache-2.0
# Layers are link targets. A module exposes only its own include/ folder and sees only the include folders of the
# modules that it names under USES, so an include from an upper layer does not compile.
find_package(PkgConfig REQUIRED)

# weir_module(NAME SOURCES ... [USES module...] [LINKS library...])
#   NAME     the target weir_NAME, reached as weir::NAME
#   USES     weir modules, seen by this module and by those that use it
#   LINKS    outside libraries (imported targets), seen by this module alone
function(weir_module name)
  cmake_parse_arguments(M "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_library(weir_${name} STATIC ${M_SOURCES})
  add_library(weir::${name} ALIAS weir_${name})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_include_directories(weir_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  endif()
  target_include_directories(weir_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(used IN LISTS M_USES)
    target_link_libraries(weir_${name} PUBLIC weir::${used})
  endforeach()
  target_link_libraries(weir_${name} PRIVATE ${M_LINKS})
endfunction()

# weir_program(NAME SOURCES ... USES module... [LINKS library...]): an executable, put into the build's bin folder
function(weir_program name)
  cmake_parse_arguments(P "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_executable(${name} ${P_SOURCES})
  foreach(used IN LISTS P_USES)
    target_link_libraries(${name} PRIVATE weir::${used})
  endforeach()
  target_link_libraries(${name} PRIVATE ${P_LINKS})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# weir_pkg(NAME MODULE): an imported target pkg::NAME for a pkg-config MODULE
function(weir_pkg name module)
  if(NOT TARGET pkg::${name})
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
    add_library(pkg::${name} ALIAS PkgConfig::${name})
  endif()
endfunction()
