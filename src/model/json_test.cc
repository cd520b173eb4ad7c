#include "model/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace galileo::model {
namespace {

std::string rewritten(std::string_view text) {
    const auto json = parse_json(text);
    return json ? to_python_json(*json) : "error: " + json.error().message();
}

TEST(PythonFloat, WritesWhatPythonsReprWrites) {
    const std::pair<double, const char*> rows[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {1e-05, "1e-05"},
        {1.5e-7, "1.5e-07"},
        {1e15, "1000000000000000.0"},
        {9999999999999998.0, "9999999999999998.0"},
        {1e16, "1e+16"},
        {1.2345678901234567e17, "1.2345678901234566e+17"},
        {1e22, "1e+22"},
        {1e100, "1e+100"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {1795487519.7180462, "1795487519.7180462"},
        {1.0 / 3.0, "0.3333333333333333"},
        {123456789.0, "123456789.0"},
        {std::numeric_limits<double>::quiet_NaN(), "nan"},
        {std::numeric_limits<double>::infinity(), "inf"},
        {-std::numeric_limits<double>::infinity(), "-inf"},
    };
    for (const auto& [value, expected] : rows) {
        EXPECT_EQ(python_float(value), expected);
    }
}

TEST(PythonJson, WritesCapturedMessagesByteForByte) {
    for (
        const char* text : {
            R"({"__obj": [], "__type": "galileo.worker.api.RegisterWorkerCommand"})",
            R"({"__obj": ["w1:echo:1", 3, "constant", [0.05]], "__type": "galileo.worker.api.SetWorkloadCommand"})",
            R"({"__obj": ["w1:echo:1", null, "constant", [0.2]], "__type": "galileo.worker.api.SetWorkloadCommand"})",
            R"({"__obj": ["WorkerDaemon.ping", "__rpc_526b2b57-bd5b-4b70-b4eb-5b9977b24202", [], {}], "__type": "pymq.core.RpcRequest"})",
            R"({"__obj": ["WorkerDaemon.ping", "w1", "str", false], "__type": "pymq.core.RpcResponse"})",
            R"({"method": "post", "path": "/p?q=1", "kwargs": {"json": {"a": [1, 2.5, null, "\u00fc"]}, "headers": {"X-A": "b"}}})",
            R"({"k": [1, {"x": "y"}], "exp_id": "202611240231-133d"})",
            R"("__POISON__")",
            R"(["\ud83d\ude80 \u20ac \"\\/\b\f\n\r\t\u0001\u007f"])",
            R"({"b": NaN, "a": Infinity, "c": -Infinity, "d": -0.0})",
            R"([18446744073709551615, -9223372036854775808, 1e+16, 1e-05, 1.0])",
        }) {
        EXPECT_EQ(rewritten(text), text);
    }
}

TEST(PythonJson, ReplacesInvalidUtf8) {
    // Cut sequence, stray continuation, overlong form, surrogate, beyond the last code point.
    const std::pair<std::string, const char*> rows[] = {
        {"a\xC3", R"("a\ufffd")"},
        {"\x80z", R"("\ufffdz")"},
        {"\xC0\xAF", R"("\ufffd\ufffd")"},
        {"\xED\xA0\x80", R"("\ufffd\ufffd\ufffd")"},
        {"\xF4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
        {"\xE2\x82 x", R"("\ufffd x")"},
        {"\xF0\x9F\x9A\x80", R"("\ud83d\ude80")"},
    };
    for (const auto& [text, expected] : rows) {
        EXPECT_EQ(to_python_json(Json(text)), expected);
    }
}

TEST(ParseJson, ReadsWhatPythonReads) {
    const std::pair<const char*, const char*> rows[] = {
        {" \t\r\n[1 ,2]\n", "[1, 2]"},
        {R"({"a":1,"b":{},"c":[]})", R"({"a": 1, "b": {}, "c": []})"},
        {R"({"b":1,"a":2,"b":3})", R"({"b": 3, "a": 2})"},
        {"1E5", "100000.0"},
        {"-0", "0"},
        {"1e999", "Infinity"},
        {"-1e999", "-Infinity"},
        {"1e-999", "0.0"},
        {"18446744073709551616", "1.8446744073709552e+19"},
        {"-9223372036854775809", "-9.223372036854776e+18"},
        {R"("\u0041\/\ud83d\ude80")", R"("A/\ud83d\ude80")"},
        {R"("\ud83d x \ude80")", R"("\ufffd x \ufffd")"},
        {R"("\ud83d\u0041")", R"("\ufffdA")"},
        {R"("NaN")", R"("NaN")"},
        {"\"\xC3\xBC\"", R"("\u00fc")"},
        {"true", "true"},
    };
    for (const auto& [text, expected] : rows) {
        EXPECT_EQ(rewritten(text), expected) << text;
    }
}

TEST(ParseJson, RefusesEverythingElseWithThePosition) {
    const std::pair<std::string, const char*> rows[] = {
        {"", "at byte 0: expected a value"},
        {"   ", "at byte 3: expected a value"},
        {"[1,", "at byte 3: expected a value"},
        {"[1,]", "at byte 3: expected a value after ','"},
        {"[1 2]", "at byte 3: expected ',' or ']'"},
        {R"({"a":1,})", "at byte 7: expected a key after ','"},
        {R"({"a" 1})", "at byte 5: expected ':'"},
        {R"({a:1})", "at byte 1: expected a key"},
        {R"({"a":1 "b":2})", "at byte 7: expected ',' or '}'"},
        {"{", "at byte 1: expected a key"},
        {"\"abc", "at byte 4: unterminated string"},
        {R"("\x")", "at byte 1: unknown escape"},
        {R"("\u12g4")", "at byte 1: \\u needs four"},
        {"\"\\", "at byte 1: unknown escape"},
        {"\"a\nb\"", "at byte 2: control character"},
        {"\"a\xFF\"", "at byte 2: invalid UTF-8"},
        {"1 2", "at byte 2: unexpected text"},
        {"01", "at byte 1: unexpected text"},
        {"1.", "at byte 1: unexpected text"},
        {"1e", "at byte 1: unexpected text"},
        {"-", "at byte 1: expected a digit"},
        {"nan", "at byte 0: expected a value"},
        {"'a'", "at byte 0: expected a value"},
        {"\xEF\xBB\xBF{}", "at byte 0: expected a value"},
        {std::string("\0", 1), "at byte 0: expected a value"},
    };
    for (const auto& [text, expected] : rows) {
        const auto json = parse_json(text);
        ASSERT_FALSE(json.ok()) << text;
        EXPECT_EQ(json.error().code(), ErrorCode::kInvalidInput);
        EXPECT_NE(json.error().message().find(expected), std::string::npos)
            << text << " gave " << json.error().message();
    }
}

TEST(ParseJson, BoundsNesting) {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    EXPECT_TRUE(parse_json(nested(200)).ok());
    EXPECT_FALSE(parse_json(nested(202)).ok());
    EXPECT_FALSE(parse_json(std::string(1'000'000, '[')).ok());
    std::string objects;
    for (int i = 0; i < 100'000; ++i) {
        objects += R"({"a":)";
    }
    EXPECT_FALSE(parse_json(objects).ok());
}

TEST(ParseJson, TakesObjectsOfManyKeysInLinearTime) {
    // Searching keys one by one, 200,000 of them would take minutes.
    std::string text = "{";
    for (int i = 0; i < 200'000; ++i) {
        text += '"' + std::to_string(i) + "\":" + std::to_string(i) + ',';
    }
    text += R"("7":"last wins"})";
    const auto json = parse_json(text);
    ASSERT_TRUE(json.ok());
    EXPECT_EQ(json->size(), 200'000U);
    const auto& members = json->get_ref<const Json::object_t&>();
    EXPECT_EQ((members.begin() + 7)->second, "last wins");
}

TEST(ParseJson, SurvivesMutatedText) {
    const std::string seeds[] = {
        R"({"__obj": ["w1:echo:1", 3, "constant", [0.05]], "__type": "x"})",
        R"({"a": [1, 2.5e-3, null, "\u00fc\ud83d\ude80"], "b": {"c": NaN, "d": -Infinity}})",
        R"([["w1:echo:3", "w1", ["echo", "noapp", null, {"q": "\"\\\n"}]], true, false])",
    };
    base::Rng rng(20260401);
    for (int round = 0; round < 30'000; ++round) {
        std::string text = seeds[rng.below(std::size(seeds))];
        for (auto edits = 1 + rng.below(6); edits > 0 && !text.empty(); --edits) {
            const auto at = rng.below(text.size());
            switch (rng.below(4)) {
                case 0:
                    text[at] = static_cast<char>(rng.below(256));
                    break;
                case 1:
                    text.erase(at, 1 + rng.below(4));
                    break;
                case 2:
                    text.insert(at, 1, static_cast<char>(rng.below(256)));
                    break;
                default:
                    text.insert(at, text.substr(rng.below(text.size()), rng.below(12)));
            }
        }
        const auto json = parse_json(text);
        if (json) {  // what we write we read, and it is the same text again
            const std::string once = to_python_json(*json);
            ASSERT_EQ(rewritten(once), once) << "round " << round;
        } else {
            ASSERT_EQ(json.error().code(), ErrorCode::kInvalidInput);
        }
    }
}

}  // namespace
}  // namespace galileo::model
