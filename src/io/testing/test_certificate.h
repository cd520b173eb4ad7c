#pragma once

#include <string>
#include <vector>

namespace galileo::io::testing {

/// A self-signed certificate and its key as PEM files in a temporary directory, which go with it.
class TestCertificate {
  public:
    /// `names` are DNS names or IP addresses.
    explicit TestCertificate(const std::vector<std::string>& names);
    ~TestCertificate();
    TestCertificate(const TestCertificate&) = delete;
    TestCertificate& operator=(const TestCertificate&) = delete;

    [[nodiscard]] std::string certificate_path() const { return directory_ + "/cert.pem"; }
    [[nodiscard]] std::string key_path() const { return directory_ + "/key.pem"; }

  private:
    std::string directory_;
};

}  // namespace galileo::io::testing
