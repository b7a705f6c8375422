# SPDX-License-Identifier: Apache-2.0
# weir_bpf_skeleton(NAME SOURCE): compiles bpf/prog/SOURCE for the BPF machine and generates NAME.skel.h from it;
# the interface target weir_skel_NAME carries the include folder. What follows SOURCE are more options for the compiler.
find_program(BPF_CLANG NAMES clang-19 REQUIRED)
find_program(BPF_STRIP NAMES llvm-strip-19 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(BPF_ARCH x86)
  set(BPF_VMLINUX x86_64)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64")
  set(BPF_ARCH arm64)
  set(BPF_VMLINUX aarch64)
else()
  message(FATAL_ERROR "no BPF types for ${CMAKE_SYSTEM_PROCESSOR}: add bpf/vmlinux/${CMAKE_SYSTEM_PROCESSOR}/vmlinux.h")
endif()

function(weir_bpf_skeleton name source)
  set(bpf ${CMAKE_SOURCE_DIR}/bpf)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/skel/${name}.skel.h)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${bpf}/*.h)
  add_custom_command(OUTPUT ${object}
    COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_${BPF_ARCH}
            ${ARGN} -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-declarations
            -I${bpf}/include -I${bpf} -I${bpf}/vmlinux/${BPF_VMLINUX} -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -c ${source} -o ${object}
    COMMAND ${BPF_STRIP} -g ${object}
    DEPENDS ${source} ${headers}
    COMMENT "BPF ${name}" VERBATIM)
  add_custom_command(OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/skel
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name} > ${header}
    DEPENDS ${object} COMMENT "skeleton ${name}" VERBATIM)
  add_custom_target(weir_skel_${name}_files DEPENDS ${header})
  add_library(weir_skel_${name} INTERFACE)
  add_library(weir::skel_${name} ALIAS weir_skel_${name})
  add_dependencies(weir_skel_${name} weir_skel_${name}_files)
  target_include_directories(weir_skel_${name} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/skel)
endfunction()
