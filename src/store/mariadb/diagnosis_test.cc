// Goal: what cannot be provoked on a server of the tests' own; the rest is in tests/mariadb.
#include "store/mariadb/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <errmsg.h>
#include <mysqld_error.h>

namespace galileo::store::mariadb {
namespace {

using ::testing::HasSubstr;

TEST(DiagnosisTest, KnowsAFullDiskByNumberAndByText) {
    const std::pair<unsigned, const char*> full[] = {
        {ER_DISK_FULL, "Disk full (./db/traces.ibd); waiting for someone to free some space..."},
        {ER_RECORD_FILE_FULL, "The table 'traces' is full"},
        {ER_ERROR_ON_WRITE, "Error writing file './x' (errno: 28 \"No space left on device\")"},
        {ER_GET_ERRNO, "Got error 28 \"No space left on device\" from storage engine InnoDB"},
    };
    for (const auto& [number, text] : full) {
        const Diagnosis diagnosis = diagnose(number, text);
        EXPECT_EQ(diagnosis.code, ErrorCode::kExhausted) << text;
        EXPECT_THAT(diagnosis.remedy, HasSubstr("disk is full"));
    }
    EXPECT_EQ(diagnose(ER_ERROR_ON_WRITE, "Error writing file './x' (errno: 5)").code,
              ErrorCode::kInternal);
}

TEST(DiagnosisTest, SaysWhatTheCallerCanDo) {
    EXPECT_EQ(diagnose(ER_CON_COUNT_ERROR, "Too many connections").code, ErrorCode::kUnavailable);
    EXPECT_EQ(diagnose(ER_LOCK_DEADLOCK, "Deadlock found").code, ErrorCode::kTimeout);
    EXPECT_EQ(diagnose(ER_NET_PACKET_TOO_LARGE, "Got a packet").code, ErrorCode::kInvalidInput);
    EXPECT_EQ(diagnose(ER_SERVER_SHUTDOWN, "").code, ErrorCode::kUnavailable);
    EXPECT_EQ(diagnose(9'999, "who knows").code, ErrorCode::kInternal);
}

TEST(DiagnosisTest, KnowsAfterWhatTheConnectionIsOfNoUse) {
    for (const unsigned lost :
         {unsigned{CR_SERVER_GONE_ERROR}, unsigned{CR_SERVER_LOST}, unsigned{ER_CONNECTION_KILLED},
          unsigned{ER_NET_PACKET_TOO_LARGE}, unsigned{CR_MALFORMED_PACKET}}) {
        EXPECT_TRUE(is_lost(lost)) << lost;
    }
    for (const unsigned kept :
         {unsigned{ER_DUP_ENTRY}, unsigned{ER_LOCK_WAIT_TIMEOUT}, unsigned{ER_DATA_TOO_LONG}}) {
        EXPECT_FALSE(is_lost(kept)) << kept;
    }
}

}  // namespace
}  // namespace galileo::store::mariadb
