// libcrypto of OpenSSL 3: the parts that LetheCrypto wraps.
#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

// prctl is variadic, which Swift cannot call.
#include <sys/prctl.h>
static inline int lethe_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
