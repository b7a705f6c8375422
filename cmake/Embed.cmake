# SPDX-License-Identifier: Apache-2.0
# weir_embed(TARGET NAME FILE): the bytes of FILE, as "const unsigned char NAME[]", a NUL behind them, and "const size_t NAME_len".
# Run as a script it writes that file: cmake -D NAME=... -D IN=... -D OUT=... -P Embed.cmake
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${IN} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  file(WRITE ${OUT} "#include <stddef.h>\nextern const unsigned char ${NAME}[];\nextern const size_t ${NAME}_len;\n"
    "const unsigned char ${NAME}[] = {\n${bytes}\n0};\nconst size_t ${NAME}_len = sizeof(${NAME}) - 1;\n")
  return()
endif()

set(WEIR_EMBED ${CMAKE_CURRENT_LIST_FILE})
function(weir_embed target name file)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -D NAME=${name} -D IN=${CMAKE_CURRENT_SOURCE_DIR}/${file} -D OUT=${out} -P ${WEIR_EMBED}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${WEIR_EMBED} COMMENT "embed ${file}" VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
