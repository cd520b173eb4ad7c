include(GoogleTest)
include(GNUInstallDirs)

# room(NAME FLOOR n [DEPENDS room...] [LIBRARIES target...] [PROGRAM name | MODULE name])
#
# Declares one room: every *.cc below the current folder becomes the static library `galileo_NAME`, every
# *_test.cc the test program `NAME_test`, and testing/*.cc the kit `galileo_NAME_testing`, which only tests may link.
# DEPENDS lists the rooms, all on a lower floor, whose headers this room may include; LIBRARIES lists
# third-party targets. With PROGRAM, main.cc is left out of the library and becomes that program, which is installed.
# With MODULE, all of the room becomes that Python module, in the folder python/ of the build tree.
# tools/tidy.py reads these same lines and checks every #include against them.
# With GALILEO_ONE_LIBRARY the sources of all rooms become the static library `galileo_rooms` and all kits
# `galileo_kits`; the targets of the rooms stand for these then.
# The target all_verify_interface_header_sets compiles each header alone.
function(room NAME)
    cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "FLOOR;PROGRAM;MODULE" "DEPENDS;LIBRARIES")
    if(ROOM_UNPARSED_ARGUMENTS OR NOT DEFINED ROOM_FLOOR)
        message(FATAL_ERROR "room(${NAME}): want FLOOR n [DEPENDS ...] [LIBRARIES ...] [PROGRAM name], got '${ROOM_UNPARSED_ARGUMENTS}'")
    endif()

    file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.h)
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    set(kit ${sources})
    list(FILTER kit INCLUDE REGEX "/testing/[^/]*\\.cc$")
    list(FILTER kit EXCLUDE REGEX "_test\\.cc$")
    list(FILTER sources EXCLUDE REGEX "(_test\\.cc$|/testing/)")
    list(FILTER headers EXCLUDE REGEX "/testing/")
    set(main ${CMAKE_CURRENT_SOURCE_DIR}/main.cc)
    if(ROOM_PROGRAM)
        list(REMOVE_ITEM sources ${main})
    endif()

    set(target galileo_${NAME})
    list(TRANSFORM ROOM_DEPENDS PREPEND galileo_ OUTPUT_VARIABLE depends)
    if(ROOM_MODULE)
        python_module(${ROOM_MODULE} "${sources}" "${depends}")
        return()
    endif()
    if(sources AND NOT GALILEO_ONE_LIBRARY)
        add_library(${target} STATIC ${sources})
        set(scope PUBLIC)
    else()  # headers only, as far as this target goes
        add_library(${target} INTERFACE)
        set(scope INTERFACE)
    endif()
    if(sources AND GALILEO_ONE_LIBRARY)
        target_sources(galileo_rooms PRIVATE ${sources})
        target_link_libraries(galileo_rooms PUBLIC ${ROOM_LIBRARIES})
        target_link_libraries(${target} INTERFACE galileo_rooms)
    endif()
    target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} ${scope} galileo_flags ${depends} ${ROOM_LIBRARIES})
    if(headers)
        target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
        set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    endif()
    if(ROOM_PROGRAM AND EXISTS ${main})
        add_executable(${ROOM_PROGRAM} ${main})
        target_link_libraries(${ROOM_PROGRAM} PRIVATE ${target})
        install(TARGETS ${ROOM_PROGRAM} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
    if(GALILEO_TESTS)
        room_tests(${NAME} "${tests}" "${kit}" ${ROOM_DEPENDS})
    endif()
endfunction()

# python_module(NAME sources used-targets): for the package in python/galileo, which stands beside it there, as do the
# types of the module, python/NAME.pyi.
function(python_module NAME sources depends)
    set(python_dir ${PROJECT_BINARY_DIR}/python)
    file(MAKE_DIRECTORY ${python_dir})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/python/galileo ${python_dir}/galileo SYMBOLIC)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/python/${NAME}.pyi ${python_dir}/${NAME}.pyi SYMBOLIC)
    pybind11_add_module(${NAME} MODULE NO_EXTRAS ${sources})
    target_link_libraries(${NAME} PRIVATE galileo_flags ${depends})
    set_target_properties(${NAME} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${python_dir})
    install(TARGETS ${NAME} LIBRARY DESTINATION ${CMAKE_INSTALL_DATADIR}/galileo/python)
    install(FILES ${PROJECT_SOURCE_DIR}/python/${NAME}.pyi DESTINATION ${CMAKE_INSTALL_DATADIR}/galileo/python)
endfunction()

# room_tests(NAME tests kit used-rooms...): the kit and the test program of a room.
function(room_tests NAME tests kit)
    set(kits)
    foreach(used IN LISTS ARGN)
        if(TARGET galileo_${used}_testing)
            list(APPEND kits galileo_${used}_testing)
        endif()
    endforeach()
    if(kit)
        if(GALILEO_ONE_LIBRARY)
            target_sources(galileo_kits PRIVATE ${kit})
            add_library(galileo_${NAME}_testing INTERFACE)
            target_link_libraries(galileo_${NAME}_testing INTERFACE galileo_kits)
        else()
            add_library(galileo_${NAME}_testing STATIC ${kit})
            target_link_libraries(galileo_${NAME}_testing PUBLIC galileo_${NAME} ${kits} GTest::gtest)
        endif()
        list(APPEND kits galileo_${NAME}_testing)
    endif()
    if(tests)
        add_executable(${NAME}_test ${tests})
        target_link_libraries(${NAME}_test PRIVATE galileo_${NAME} ${kits} GTest::gmock GTest::gtest_main)
        # One label only: CMake 3.25 loses the time-out when a list of labels is given here.
        gtest_discover_tests(${NAME}_test TEST_PREFIX "${NAME}:" DISCOVERY_TIMEOUT 60
            PROPERTIES LABELS unit TIMEOUT 120)
    endif()
endfunction()
