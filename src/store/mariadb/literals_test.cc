#include "store/mariadb/literals.h"

#include <gtest/gtest.h>

#include <limits>

namespace galileo::store::mariadb {
namespace {

TEST(LiteralsTest, EscapesWhatEndsAText) {
    EXPECT_EQ(literal(std::string_view("plain")), "'plain'");
    EXPECT_EQ(literal(std::string_view("")), "''");
    EXPECT_EQ(literal(std::string_view("a'b\\c\"")), R"('a\'b\\c"')");
    EXPECT_EQ(literal(std::string_view("\0", 1)), R"('\0')");
}

TEST(LiteralsTest, RepairsUtf8SoThatNoByteHidesAQuote) {
    EXPECT_EQ(literal(std::string_view("\xC3'")), "'\xEF\xBF\xBD\\''");
}

TEST(LiteralsTest, WritesDoublesWithAnExponent) {
    EXPECT_EQ(literal(0.1), "0.1e0");
    EXPECT_EQ(literal(1795487318.3821054), "1795487318.3821054e0");
    EXPECT_EQ(literal(1e22), "1e+22");
    EXPECT_EQ(literal(std::numeric_limits<double>::quiet_NaN()), "NULL");
    EXPECT_EQ(literal(-std::numeric_limits<double>::infinity()), "-1.7976931348623157e+308");
}

TEST(LiteralsTest, WritesNullForWhatIsAbsent) {
    EXPECT_EQ(optional_literal(std::optional<std::string>()), "NULL");
    EXPECT_EQ(optional_literal(std::optional<double>()), "NULL");
    EXPECT_EQ(optional_literal(std::optional<std::string>("NULL")), "'NULL'");
}

}  // namespace
}  // namespace galileo::store::mariadb
