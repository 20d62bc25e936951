// An https server on a free loopback port with a certificate of its own making, which nobody has
// reason to trust. It gives every request the same answer.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "tests/fakes/raw_http_server.h"

namespace transcribed::fakes {

class TlsServer {
 public:
  // `names`: what the certificate is for, such as "IP:127.0.0.1,DNS:localhost". `answer`: raw.
  TlsServer(const std::string& names, std::string answer)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free),
        key_(EVP_EC_gen("P-256"), EVP_PKEY_free),
        certificate_(X509_new(), X509_free),
        answer_(std::move(answer)) {
    make_certificate(names);
    if (SSL_CTX_use_certificate(context_.get(), certificate_.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context_.get(), key_.get()) != 1) {
      throw std::runtime_error("no certificate");
    }
  }

  std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(server_.port()) + "/a.mp3";
  }
  // For who wants to trust it after all.
  std::string certificate_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(memory.get(), certificate_.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

 private:
  void make_certificate(const std::string& names) {
    X509* made = certificate_.get();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key_.get());
    X509_NAME* subject = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("a test"), -1, -1, 0);
    X509_set_issuer_name(made, subject);
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(made, key_.get(), EVP_sha256());
  }

  void serve(const RawHttpServer::Connection& connection) const {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(tls.get(), connection.fd());
    if (SSL_accept(tls.get()) != 1) return;
    std::string head;
    for (char byte = 0; !head.ends_with("\r\n\r\n"); head += byte) {
      if (SSL_read(tls.get(), &byte, 1) != 1) return;
    }
    SSL_write(tls.get(), answer_.data(), static_cast<int>(answer_.size()));
    SSL_shutdown(tls.get());
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
  const std::string answer_;
  // Last: its threads use all of the above.
  RawHttpServer server_{[this](const RawHttpServer::Connection& connection) { serve(connection); }};
};

}  // namespace transcribed::fakes
