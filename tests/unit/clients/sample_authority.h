// A self-signed certificate whose key nobody has, and its fingerprint as openssl computes it.
#pragma once

namespace tocsin {

inline constexpr char kSampleAuthority[] = R"(-----BEGIN CERTIFICATE-----
MIIBVzCCAQmgAwIBAgIUZJzrGmWKh2ITmgM29tNkyXBGZw8wBQYDK2VwMCAxHjAc
BgNVBAMMFXRvY3NpbiB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjIwMDE4MTFaGA8y
MTI2MTAyOTAwMTgxMVowIDEeMBwGA1UEAwwVdG9jc2luIHRlc3QgYXV0aG9yaXR5
MCowBQYDK2VwAyEAkL6jfGzN8ee3LvNLNbKUI4l88HFVhQ+N5rfNOuAJ4qWjUzBR
MB0GA1UdDgQWBBSvxou/tihy2Oy863xQdtbLHMMHPzAfBgNVHSMEGDAWgBSvxou/
tihy2Oy863xQdtbLHMMHPzAPBgNVHRMBAf8EBTADAQH/MAUGAytlcANBANe7ykuD
55O8Obd471WPNqQzleD3EywAm32MYFd7wN+Zu6F54EcsIIeOaPiZbyr55sNJYamS
M+JlbeuMmsgrHQY=
-----END CERTIFICATE-----
)";

// openssl x509 -outform DER | openssl dgst -sha256 -binary | base64
inline constexpr char kSampleFingerprint[] = "SHA256:ev+FvQ3xhLYnojdp8tZyRkyVJdi7ltwD7M2i5Wb1ns8";

}  // namespace tocsin
