# Language level and warnings that every target of ours shares: link `galileo_flags`.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(GALILEO_PYTHON)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)  # the rooms become part of a shared library, too
    set(CMAKE_CXX_VISIBILITY_PRESET hidden)
endif()

add_library(galileo_flags INTERFACE)
target_compile_definitions(galileo_flags INTERFACE GALILEO_VERSION="${PROJECT_VERSION}")
target_compile_options(galileo_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
    -Wold-style-cast -Wformat=2 -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 at -O2 and above reports overlaps inside std::string, and reads past the end of moved-from
    # std::optional and std::variant, in plain code.
    target_compile_options(galileo_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-stringop-overread)
    if(CMAKE_UNITY_BUILD)
        # In a file that includes others, it takes each struct with a field from an anonymous namespace for a header's.
        target_compile_options(galileo_flags INTERFACE -Wno-subobject-linkage)
    endif()
else()
    # clang reports a deprecated function inside libstdc++ 12's std::stable_sort; g++ goes on reporting ours.
    target_compile_options(galileo_flags INTERFACE -Wno-deprecated-declarations)
endif()
