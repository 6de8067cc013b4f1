// A record, as long as Lethe's: 16 bytes of frame (length, padded length, subject), 64 of header (with the nonce), which
// are authenticated, the sealed payload, its tag, SHA-256 of all that, and filling.
#include "ideal.h"
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 16, HEADER = 64, NONCE = 12, KEY = 32, TAG = 16, DIGEST = 32, CHUNK = 1 << 20, SEGMENT = 64 << 20 };

struct lethe_ideal {
  int file;
  size_t overhead, payload_room, batch_room, held;
  off_t end, prepared, read;
  unsigned char *keys, *payload, *batch;
  uint64_t nonce;
  EVP_CIPHER *aes;
  EVP_CIPHER_CTX *cipher;
  EVP_MD *sha;
  EVP_MD_CTX *digest;
};

static int grow(unsigned char **bytes, size_t *room, size_t count) {
  if (*room >= count) return 0;
  unsigned char *more = realloc(*bytes, 2 * count);
  if (!more) return -1;
  memset(more + *room, 0, 2 * count - *room);
  *bytes = more, *room = 2 * count;
  return 0;
}

lethe_ideal *lethe_ideal_open(const char *path, size_t subjects, size_t overhead) {
  lethe_ideal *log = calloc(1, sizeof *log);
  if (!log) return NULL;
  log->overhead = overhead < LETHE_IDEAL_OVERHEAD ? LETHE_IDEAL_OVERHEAD : overhead;
  log->keys = malloc(subjects * KEY);
  log->file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  log->aes = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL), log->sha = EVP_MD_fetch(NULL, "SHA256", NULL);
  log->cipher = EVP_CIPHER_CTX_new(), log->digest = EVP_MD_CTX_new();
  if (log->file >= 0 && log->keys && log->aes && log->sha && log->cipher && log->digest &&
      RAND_bytes(log->keys, (int)(subjects * KEY)) == 1)
    return log;
  lethe_ideal_close(log);
  return NULL;
}

void lethe_ideal_close(lethe_ideal *log) {
  if (log->file >= 0) close(log->file);
  EVP_CIPHER_CTX_free(log->cipher), EVP_MD_CTX_free(log->digest), EVP_CIPHER_free(log->aes), EVP_MD_free(log->sha);
  free(log->keys), free(log->payload), free(log->batch), free(log);
}

int lethe_ideal_has_room(const lethe_ideal *log, size_t count) { return log->end + (off_t)count <= log->prepared; }

int lethe_ideal_prepare(lethe_ideal *log) {
  unsigned char *zeros = calloc(1, CHUNK);
  int done = zeros ? 0 : -1;
  for (int i = 0; done == 0 && i < SEGMENT / CHUNK; i++, log->prepared += CHUNK)
    if (pwrite(log->file, zeros, CHUNK, log->prepared) != CHUNK) done = -1;
  free(zeros);
  return done == 0 ? fsync(log->file) : done;
}

static int hash(lethe_ideal *log, const unsigned char *record, size_t count, unsigned char *out) {
  return EVP_DigestInit_ex2(log->digest, log->sha, NULL) == 1 && EVP_DigestUpdate(log->digest, record, count) == 1 &&
         EVP_DigestFinal_ex(log->digest, out, NULL) == 1;
}

int lethe_ideal_seal(lethe_ideal *log, size_t subject, size_t padded) {
  size_t count = padded + log->overhead;
  if (grow(&log->payload, &log->payload_room, padded) || grow(&log->batch, &log->batch_room, log->held + count)) return -1;
  unsigned char *record = log->batch + log->held, *header = record + HEAD, *sealed = header + HEADER;
  uint32_t head[4] = {(uint32_t)count, (uint32_t)padded, (uint32_t)subject, 0};
  int length = 0;
  memcpy(record, head, HEAD);
  log->nonce++, memcpy(header, &log->nonce, sizeof log->nonce);
  if (EVP_EncryptInit_ex2(log->cipher, log->aes, log->keys + subject * KEY, header, NULL) != 1 ||
      EVP_EncryptUpdate(log->cipher, NULL, &length, header, HEADER) != 1 ||
      EVP_EncryptUpdate(log->cipher, sealed, &length, log->payload, (int)padded) != 1 ||
      EVP_EncryptFinal_ex(log->cipher, sealed + length, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(log->cipher, EVP_CTRL_AEAD_GET_TAG, TAG, sealed + padded) != 1 ||
      !hash(log, record, HEAD + HEADER + padded + TAG, sealed + padded + TAG))
    return -1;
  log->held += count;
  return 0;
}

int lethe_ideal_write(lethe_ideal *log) {
  if (pwrite(log->file, log->batch, log->held, log->end) != (ssize_t)log->held || fdatasync(log->file) != 0) return -1;
  log->end += (off_t)log->held, log->held = 0;
  return 0;
}

static int opens(lethe_ideal *log, const unsigned char *record, size_t padded, size_t subject) {
  const unsigned char *header = record + HEAD, *sealed = header + HEADER;
  unsigned char digest[DIGEST];
  int length = 0;
  return hash(log, record, HEAD + HEADER + padded + TAG, digest) && !memcmp(digest, sealed + padded + TAG, DIGEST) &&
         EVP_DecryptInit_ex2(log->cipher, log->aes, log->keys + subject * KEY, header, NULL) == 1 &&
         EVP_DecryptUpdate(log->cipher, NULL, &length, header, HEADER) == 1 &&
         EVP_DecryptUpdate(log->cipher, log->payload, &length, sealed, (int)padded) == 1 &&
         EVP_CIPHER_CTX_ctrl(log->cipher, EVP_CTRL_AEAD_SET_TAG, TAG, (void *)(sealed + padded)) == 1 &&
         EVP_DecryptFinal_ex(log->cipher, log->payload + length, &length) == 1;
}

int64_t lethe_ideal_read(lethe_ideal *log) {
  int64_t opened = 0;
  uint32_t head[4];
  while (opened == 0 && log->read < log->end) {
    // What is left of a record that the last chunk cut lies at the front of `batch`.
    size_t wanted = log->end - log->read < CHUNK ? (size_t)(log->end - log->read) : CHUNK, at = 0;
    if (grow(&log->batch, &log->batch_room, log->held + CHUNK)) return -1;
    if (pread(log->file, log->batch + log->held, wanted, log->read) != (ssize_t)wanted) return -1;
    log->read += (off_t)wanted, log->held += wanted;
    for (; log->held - at >= HEAD; at += head[0], opened++) {
      memcpy(head, log->batch + at, HEAD);
      if (log->held - at < head[0]) break;
      if (!opens(log, log->batch + at, head[1], head[2])) return -1;
    }
    memmove(log->batch, log->batch + at, log->held -= at);
  }
  if (opened == 0) log->read = 0, log->held = 0;
  return opened;
}
