include(GoogleTest)

# room(NAME FLOOR n [DEPENDS room...] [LIBRARIES target...])
#
# Declares one room: every *.cc below the current folder becomes the static library `galileo_NAME`, every
# *_test.cc the test program `NAME_test`, and testing/*.cc the kit `galileo_NAME_testing`, which only tests may link.
# DEPENDS lists the rooms, all on a lower floor, whose headers this room may include; LIBRARIES lists
# third-party targets. tools/tidy.py reads these same lines and checks every #include against them.
function(room NAME)
    cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "FLOOR" "DEPENDS;LIBRARIES")
    if(ROOM_UNPARSED_ARGUMENTS OR NOT DEFINED ROOM_FLOOR)
        message(FATAL_ERROR "room(${NAME}): want FLOOR n [DEPENDS ...] [LIBRARIES ...], got '${ROOM_UNPARSED_ARGUMENTS}'")
    endif()

    file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
    set(tests ${sources})
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    set(kit ${sources})
    list(FILTER kit INCLUDE REGEX "/testing/[^/]*\\.cc$")
    list(FILTER kit EXCLUDE REGEX "_test\\.cc$")
    list(FILTER sources EXCLUDE REGEX "(_test\\.cc$|/testing/)")

    set(target galileo_${NAME})
    list(TRANSFORM ROOM_DEPENDS PREPEND galileo_ OUTPUT_VARIABLE depends)
    if(sources)
        add_library(${target} STATIC ${sources})
        set(scope PUBLIC)
    else()  # headers only
        add_library(${target} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} ${scope} galileo_flags ${depends} ${ROOM_LIBRARIES})
    if(NOT GALILEO_TESTS)
        return()
    endif()

    set(kits)
    foreach(used IN LISTS ROOM_DEPENDS)
        if(TARGET galileo_${used}_testing)
            list(APPEND kits galileo_${used}_testing)
        endif()
    endforeach()
    if(kit)
        add_library(${target}_testing STATIC ${kit})
        target_link_libraries(${target}_testing PUBLIC ${target} ${kits} GTest::gtest)
        list(APPEND kits ${target}_testing)
    endif()
    if(tests)
        add_executable(${NAME}_test ${tests})
        target_link_libraries(${NAME}_test PRIVATE ${target} ${kits} GTest::gmock GTest::gtest_main)
        gtest_discover_tests(${NAME}_test TEST_PREFIX "${NAME}:" DISCOVERY_TIMEOUT 60
            PROPERTIES LABELS unit TIMEOUT 120)
    endif()
endfunction()
