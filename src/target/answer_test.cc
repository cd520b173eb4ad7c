#include "target/answer.h"

#include <gmock/gmock.h>

namespace galileo::target {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(AcceptsGzip, ReadsTheListOfCodings) {
    for (const auto* value :
         {"gzip", "deflate, GZIP", "*", "br;q=1.0, gzip;q=0.5", "gzip;q=0.001", "*;q=0, gzip"}) {
        EXPECT_TRUE(accepts_gzip(value)) << value;
    }
    for (const auto* value :
         {"", "identity", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "xgzip", ","}) {
        EXPECT_FALSE(accepts_gzip(value)) << value;
    }
}

TEST(SampleText, HasTheLengthThatIsAskedFor) {
    for (const std::uint64_t length : {0U, 1U, 44U, 45U, 46U, 100'000U}) {
        EXPECT_EQ(sample_text(length).size(), length);
    }
}

TEST(AnswerSheet, HasNoBodyWhereNoneIsAllowed) {
    Options options;
    options.statuses = StatusMix::parse("204").value();
    const AnswerSheet sheet(options);
    const Answer answer = sheet.fixed({.status = 204});
    EXPECT_TRUE(answer.body.empty());
    EXPECT_THAT(std::string(answer.head), Not(HasSubstr("Content-")));
}

TEST(RenderAnswer, RedirectsSomewhere) {
    const auto answer = render_answer({.status = 302}, Framing::kLength, "text/plain", "");
    EXPECT_THAT(answer.head, HasSubstr("Location: /\r\n"));
    EXPECT_THAT(answer.head, HasSubstr("Content-Length: 0\r\n"));
}

TEST(RenderAnswer, FramesInChunks) {
    const auto answer = render_answer({}, Framing::kChunked, "text/plain", "hello");
    EXPECT_EQ(answer.body, "5\r\nhello\r\n0\r\n\r\n");
    EXPECT_EQ(render_answer({}, Framing::kChunked, "text/plain", "").body, "0\r\n\r\n");
}

}  // namespace
}  // namespace galileo::target
