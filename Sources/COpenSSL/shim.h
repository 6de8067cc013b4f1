// libcrypto of OpenSSL 3: the parts that LetheCrypto wraps.
#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

// What libcrypto and memcpy leave of secrets: words of keys in vector registers, and of hashed bytes on the stack. The
// dynamic linker adds to it, as it saves all registers on the stack when a function is called for the first time. So the
// registers are cleared at once where the next call may be a first one, and the stack by the function that made the
// calls, at its end. Swift has no way to do either.
#include <string.h>
#define LETHE_CLEARS static __attribute__((noinline, unused, zero_call_used_regs("all"))) void

LETHE_CLEARS lethe_clear_registers(void) { __asm__ volatile("" : : : "memory"); }

// Zeros are copied as well because memcpy uses registers (those of AVX-512) that the attribute does not reach.
#define LETHE_CLEAR_TRACES(name, depth)                 \
  LETHE_CLEARS name(void) {                             \
    char below[depth];                                  \
    volatile size_t copied = 128;                       \
    explicit_bzero(below, sizeof below);                \
    memcpy(below, below + 128, copied);                 \
    __asm__ volatile("" : : "r"(below) : "memory");     \
  }
LETHE_CLEAR_TRACES(lethe_clear_traces, 4096)
LETHE_CLEAR_TRACES(lethe_clear_deep_traces, 16384)
