# SPDX-License-Identifier: Apache-2.0
# weir_protobuf(TARGET file.proto...): protobuf-c code for the named files, relative to the folder proto/.
find_program(PROTOC_C NAMES protoc-c REQUIRED)

function(weir_protobuf target)
  set(generated)
  foreach(proto IN LISTS ARGN)
    string(REGEX REPLACE "\\.proto$" ".pb-c" stem ${proto})
    set(out ${CMAKE_CURRENT_BINARY_DIR}/gen/${stem})
    add_custom_command(OUTPUT ${out}.c ${out}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/gen
      COMMAND ${PROTOC_C} --c_out=${CMAKE_CURRENT_BINARY_DIR}/gen -I${CMAKE_CURRENT_SOURCE_DIR} ${proto}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto}
      WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
      COMMENT "protobuf ${proto}" VERBATIM)
    list(APPEND generated ${out}.c)
  endforeach()
  weir_pkg(protobuf_c libprotobuf-c)
  add_library(${target} STATIC ${generated})
  set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS "-w")
  target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/gen)
  target_link_libraries(${target} PUBLIC pkg::protobuf_c)
endfunction()
