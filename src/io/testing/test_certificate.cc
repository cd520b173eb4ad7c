#include "io/testing/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/assert.h"
#include "io/address.h"

namespace galileo::io::testing {

namespace {

std::string subject_alternatives(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += text.empty() ? "" : ",";
        text += (Address::literal(name, 0).ok() ? "IP:" : "DNS:") + name;
    }
    return text;
}

void add_extension(X509* certificate, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
    GALILEO_ASSERT(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

TestCertificate::TestCertificate(const std::vector<std::string>& names) {
    std::string pattern = std::filesystem::temp_directory_path() / "galileo-tls-XXXXXX";
    GALILEO_ASSERT(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;

    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24L * 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("galileo test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    add_extension(certificate.get(), NID_subject_alt_name, subject_alternatives(names));
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    GALILEO_ASSERT(X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0);

    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> certificate_file(
        std::fopen(certificate_path().c_str(), "w"), std::fclose);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> key_file(
        std::fopen(key_path().c_str(), "w"), std::fclose);
    GALILEO_ASSERT(certificate_file != nullptr && key_file != nullptr);
    PEM_write_X509(certificate_file.get(), certificate.get());
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

TestCertificate::~TestCertificate() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

}  // namespace galileo::io::testing
