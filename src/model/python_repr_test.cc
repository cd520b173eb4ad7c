#include "model/python_repr.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace galileo::model {
namespace {

TEST(PythonRepr, ShowsWhatPythonShows) {
    // Right: what Python 3.11 printed for repr(json.loads(left)).
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"({"name": "testapp2", "manifest": {"name": "testapp2"}})",
         "{'name': 'testapp2', 'manifest': {'name': 'testapp2'}}"},
        {R"([true, false, null, 1, -2, 1.0, 1e-05, 1e400])",
         "[True, False, None, 1, -2, 1.0, 1e-05, inf]"},
        {R"(["it's", "\"", "'\"", "\\"])", R"(["it's", '"', '\'"', '\\'])"},
        {R"(["\n\r\t\u0000\u001f\u007f", "\u0080\u00a0\u00ad\u00a1\u00fc"])",
         "['\\n\\r\\t\\x00\\x1f\\x7f', '\\x80\\xa0\\xad\u00a1\u00fc']"},
        {"{}", "{}"},
        {"[]", "[]"}};
    for (const auto& [json, repr] : cases) {
        EXPECT_EQ(to_python_repr(parse_json(json).value()), repr);
    }
}

}  // namespace
}  // namespace galileo::model
