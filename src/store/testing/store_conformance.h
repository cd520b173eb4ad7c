#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "store/experiment_store.h"

namespace galileo::store::testing {

/// One fresh database of some kind, for one test.
class StoreEnvironment {
  public:
    virtual ~StoreEnvironment() = default;
    StoreEnvironment(const StoreEnvironment&) = delete;
    StoreEnvironment& operator=(const StoreEnvironment&) = delete;
    StoreEnvironment(StoreEnvironment&&) = delete;
    StoreEnvironment& operator=(StoreEnvironment&&) = delete;
    /// A new handle on the same database, as another process would have.
    virtual std::unique_ptr<ExperimentStore> open() = 0;

  protected:
    StoreEnvironment() = default;
};

using MakeEnvironment = std::function<std::unique_ptr<StoreEnvironment>()>;

/// What every ExperimentStore must do. A back end's test instantiates it:
///     INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
///                              ::testing::Values(conformance_on(make_environment)));
class StoreConformance : public ::testing::TestWithParam<MakeEnvironment> {
  protected:
    void SetUp() override;

    std::unique_ptr<StoreEnvironment> environment_;
    std::unique_ptr<ExperimentStore> store_;
};

/// Returns `make`, the parameter of the suite. A function of the kit's source file, because a
/// linker takes that file, and so its tests, out of the library only for something that is called.
MakeEnvironment conformance_on(MakeEnvironment make);

}  // namespace galileo::store::testing
