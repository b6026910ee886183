# `cmake --install`: headers, static libraries, a CMake package (find_package(Braid) -> Braid::braid) and a
# pkg-config file. Consumers compile against include/braid alone; the libraries' own dependencies come
# along as link dependencies.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# In link order, dependents first. One that is missing here makes the export fail.
set(BRAID_LIBRARIES braid_protocol braid_kafka braid_redis braid_nats braid_http braid_net
                    braid_engine braid_storage)
set_target_properties(braid_protocol PROPERTIES EXPORT_NAME braid)

install(TARGETS ${BRAID_LIBRARIES} braid_flags braid_roaring EXPORT BraidTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/braid DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET braid)
  install(TARGETS braid RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Braid)
install(EXPORT BraidTargets NAMESPACE Braid:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/BraidConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/BraidConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/BraidConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/BraidConfig.cmake ${PROJECT_BINARY_DIR}/BraidConfigVersion.cmake
        DESTINATION ${package_dir})

# pkg-config: Abseil's parts by the names that the libraries list as their DEPS.
set(BRAID_PC_REQUIRES fmt zlib liblz4 libzstd libisal libxxhash re2 libcrypto simdjson
                      prometheus-cpp-core)
set(BRAID_PC_LIBS "")
foreach(library ${BRAID_LIBRARIES})
  string(APPEND BRAID_PC_LIBS " -l${library}")
  get_target_property(dependencies ${library} LINK_LIBRARIES)
  list(FILTER dependencies INCLUDE REGEX "^absl::")
  list(TRANSFORM dependencies REPLACE "^absl::" "absl_")
  list(APPEND BRAID_PC_REQUIRES ${dependencies})
endforeach()
list(REMOVE_DUPLICATES BRAID_PC_REQUIRES)
list(JOIN BRAID_PC_REQUIRES " " BRAID_PC_REQUIRES)
configure_file(${CMAKE_CURRENT_LIST_DIR}/braid.pc.in ${PROJECT_BINARY_DIR}/braid.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/braid.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
