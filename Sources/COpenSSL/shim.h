// libcrypto of OpenSSL 3: the parts that LetheCrypto wraps.
#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

// libcrypto's hash functions leave the words they hash on the stack and in vector registers. A call to one of these,
// from the function that called libcrypto, overwrites the registers and the stack below it: Swift has no way to do it.
#include <string.h>
#define LETHE_CLEAR_TRACES(name, depth)                                                         \
  static __attribute__((noinline, unused, zero_call_used_regs("all"))) void name(void) { \
    char below[depth];                                                                          \
    explicit_bzero(below, sizeof below);                                                        \
  }
LETHE_CLEAR_TRACES(lethe_clear_traces, 4096)
LETHE_CLEAR_TRACES(lethe_clear_deep_traces, 16384)
