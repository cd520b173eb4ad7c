# python_tests(PREFIX prefix SUFFIX suffix LABEL label): registers each file NAME_suffix.py of the current folder as the
# test PREFIX:NAME, run by pytest with the built program in GALILEO_BINARY. One test for each file, so that they can run
# side by side; COST lets them, the longest of all, begin first.
find_package(Python REQUIRED COMPONENTS Interpreter)

function(python_tests)
    cmake_parse_arguments(PARSE_ARGV 0 TESTS "" "PREFIX;SUFFIX;LABEL" "")
    file(GLOB files CONFIGURE_DEPENDS *_${TESTS_SUFFIX}.py)
    foreach(file IN LISTS files)
        get_filename_component(name ${file} NAME)
        string(REPLACE "_${TESTS_SUFFIX}.py" "" name ${name})
        add_test(NAME ${TESTS_PREFIX}:${name}
            COMMAND ${Python_EXECUTABLE} -B -m pytest -q -p no:cacheprovider ${file}
            WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
        set_tests_properties(${TESTS_PREFIX}:${name} PROPERTIES LABELS ${TESTS_LABEL} COST 100 TIMEOUT 300
            ENVIRONMENT "GALILEO_BINARY=$<TARGET_FILE:galileo>")
    endforeach()
endfunction()
